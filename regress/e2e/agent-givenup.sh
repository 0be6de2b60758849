#!/bin/sh
# A role whose processes die again and again is given up, and an agent that
# can serve nobody any more ends, so that the service manager sees it.
tid=agent-givenup
. "$(dirname "$0")/../lib.sh"

sim_up "$WORK/sim" --no-agent
export COSMIAN_VM_AGENT_CONF="$CONF"
"$TEST/e2e/tools/agent_impatient" -d >"$WORK/log" 2>&1 &
agent=$!
at_end "kill $agent 2>/dev/null; wait $agent 2>/dev/null"
n=0
until grep -q "ready: listening" "$WORK/log"; do
	n=$((n + 1))
	kill -0 $agent || fail "it ended: $(cat "$WORK/log")"
	[ $n -lt 600 ] || fail "it does not serve"
	sleep 0.1
done

trace "every web is killed whenever there is one"
n=0
while kill -0 $agent 2>/dev/null; do
	for pid in $(pgrep -P $agent -x agent-web); do
		kill -9 "$pid" 2>/dev/null
	done
	n=$((n + 1))
	[ $n -lt 3000 ] || fail "it lives on: $(tail -5 "$WORK/log")"
	sleep 0.02
done
wait $agent
rc=$?
[ $rc -eq 1 ] || fail "exit status $rc"
grep -q "died 20 times, given up" "$WORK/log" || fail "not given up"
grep -q "no web is left" "$WORK/log" || fail "no reason in the log"
