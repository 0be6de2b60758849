# For the evil-*.sh tests: the real parent with one worker that misbehaves.
# Read after lib.sh.

EVIL=$TEST/aid/evil

# The folder is compiled into this agent; one test at a time may use it.
evil_workers()
{
	exec 8>"$EVIL/lock"
	flock 8
	rm -rf "$EVIL/libexec"
	mkdir -p "$EVIL/libexec"
	at_end 'rm -rf "$EVIL/libexec"'
	cp "$LIBEXEC"/agent-* "$EVIL/libexec/" || fail "no workers"
	cp "$EVIL/$1" "$EVIL/libexec/agent-$1" || fail "no evil $1"
}

# On a machine that is up without agent, or whose agent has been stopped.
evil_start()
{
	COSMIAN_VM_AGENT_CONF=$CONF "$EVIL/agent" -d >>"$WORK/evil.log" 2>&1 \
	    </dev/null 8>&- &
	evil_pid=$!
	# An evil net answers no probe, so the log has to say it.
	evil_starts=$((evil_starts + 1))
	evil_tries=0
	until [ "$(grep -c 'ready: listening' "$WORK/evil.log")" -ge \
	    $evil_starts ]; do
		evil_tries=$((evil_tries + 1))
		if [ $evil_tries -gt 300 ] || ! kill -0 "$evil_pid"; then
			tail -n 30 "$WORK/evil.log"
			fail "the agent does not serve"
		fi
		sleep 0.1
	done
}

evil_stop()
{
	[ -n "$evil_pid" ] || return 0
	kill -0 "$evil_pid" 2>/dev/null ||
	    { tail -n 30 "$WORK/evil.log"; echo "the agent is gone"; return 1; }
	kill -TERM "$evil_pid"
	wait "$evil_pid" || echo "the agent ends with $?"
	evil_pid=
}

evil_pid=
evil_starts=0
at_end evil_stop
