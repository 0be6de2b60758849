# For the e2e scripts, which begin with
#
#	#!/bin/sh
#	tid=quote-replay
#	. "$(dirname "$0")/../lib.sh"
#
# and, when they say nothing new under the sanitizers, a line "# lanes: plain".
# Gives them
#	TOP VECTORS BUILD VARIANT	where things are
#	BIN LIBEXEC TEST SIM		cosmian_vm, agent-ROLE, test programs,
#					the simulated machine
#	WORK				a folder of their own, kept on failure
#	trace TEXT			say what is done now
#	fail TEXT, skip REASON, disabled ISSUE
#	sim_up [DIR [ARG ...]], sim_down [DIR]
#	at_end COMMAND			run when the script ends, last one first

LC_ALL=C
export LC_ALL

: "${tid:?a test sets tid before it reads lib.sh}"
: "${TOP:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${VARIANT:=plain}"
: "${BUILD:=$TOP/build/$VARIANT}"
: "${VECTORS:=$TOP/../shared/vectors}"
BIN=$BUILD/bin
LIBEXEC=$BUILD/libexec
TEST=$BUILD/test
SIM=$TOP/regress/sim
export TOP VARIANT BUILD VECTORS BIN LIBEXEC TEST SIM

test_verdict=
test_at_end=
test_sims=

# Short: the path of a unix socket has 108 bytes.
WORK=$(mktemp -d "${TMPDIR:-/tmp}/t.XXXXXX") || exit 1
chmod 711 "$WORK"
# what one run of the client keeps is not for another test, nor the user's
XDG_CACHE_HOME=$WORK/cache
export WORK XDG_CACHE_HOME

trace()
{
	echo "$(date +%T) $tid: $*"
}

fail()
{
	echo "FAIL $tid: $*"
	exit 1
}

skip()
{
	test_verdict="SKIPPED $*"
	exit 77
}

disabled()
{
	test_verdict="DISABLED $*"
	exit 78
}

at_end()
{
	test_at_end="$1
$test_at_end"
}

# The verdict goes last: the runner reads the last line.
test_cleanup()
{
	test_rc=$?
	trap - EXIT
	trap '' INT TERM HUP
	eval "$test_at_end"
	for test_sim in $test_sims; do
		"$SIM/down" "$test_sim" || test_rc=1
	done
	cd /
	if [ $test_rc -eq 0 ] || [ $test_rc -eq 77 ] || [ $test_rc -eq 78 ]; then
		rm -rf --one-file-system "$WORK" || test_rc=1
	else
		echo "kept: $WORK"
	fi
	[ -z "$test_verdict" ] || echo "$test_verdict"
	exit $test_rc
}

trap test_cleanup EXIT
trap 'exit 1' INT TERM HUP

# Starts a simulated machine with an agent in DIR and sets the variables it
# prints (URL, TRUST_ROOT, CONF, IMA_DIR, TPM_SOCKET, AGENT_PID, ...).
sim_up()
{
	test_dir=${1:-$WORK/sim}
	[ $# -eq 0 ] || shift
	mkdir -p "$test_dir"
	test_sims="$test_dir $test_sims"
	"$SIM/up" "$test_dir" "$@" >"$test_dir.env" || {
		cat "$test_dir.env"
		[ ! -e "$test_dir/agent.log" ] || tail -n 30 "$test_dir/agent.log"
		fail "the simulated machine does not start"
	}
	# KEY=VALUE lines, taken as text: no shell syntax in a value acts.
	while IFS='=' read -r test_key test_value; do
		case $test_key in
		''|*[!A-Z0-9_]*)
			continue ;;
		esac
		eval "$test_key=\$test_value"
	done <"$test_dir.env"
}

sim_down()
{
	test_dir=${1:-$WORK/sim}
	test_rest=
	for test_sim in $test_sims; do
		[ "$test_sim" = "$test_dir" ] || test_rest="$test_rest $test_sim"
	done
	test_sims=$test_rest
	"$SIM/down" "$test_dir" || fail "the simulated machine does not end"
}
