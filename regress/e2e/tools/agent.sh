# For the scripts that talk to the agent with tools/agent.py: read after lib.sh.
# agent_up [OPTION ...] starts the simulated machine in $WORK/sim, py runs the
# Python text on its standard input. One that fails has said why.

PYTHONDONTWRITEBYTECODE=1
PYTHONPATH=$TOP/regress/e2e/tools
export PYTHONDONTWRITEBYTECODE PYTHONPATH

command -v python3 >/dev/null || skip "no python3"

agent_up()
{
	sim_up "$WORK/sim" "$@"
	export URL HOST PORT TRUST_ROOT CONF IMA_DIR TPM_SOCKET AGENT_PID \
	    AGENT_LOG TSM_DIR HIERARCHY DATA_DIR AGENT_CERT AGENT_KEY DIR
}

py()
{
	timeout 500 python3 - "$@" || {
		py_rc=$?
		tail -n 20 "$AGENT_LOG"
		fail "the test above (exit status $py_rc)"
	}
}

# wait_until SECONDS COMMAND...
wait_until()
{
	wait_left=$(($1 * 20))
	shift
	until "$@"; do
		wait_left=$((wait_left - 1))
		[ $wait_left -gt 0 ] || return 1
		sleep 0.05
	done
}
