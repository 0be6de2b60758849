#!/bin/sh
# A kernel without landlock: the agent does not start, unless allow_degraded
# says so, and then it is said at each start and in the evidence.
tid=degraded
. "$(dirname "$0")/../lib.sh"

command -v jq >/dev/null || skip "no jq"
sim_up "$WORK/sim" --no-agent
export COSMIAN_VM_AGENT_CONF="$CONF"
without="$TEST/e2e/tools/no_landlock"

trace "not allowed: fatal, with the reason and the remedy"
"$without" "$BIN/cosmian_vm_agent" -d >"$WORK/refused" 2>&1 &&
    fail "it ended with 0"
grep -q "no landlock; allow_degraded = true" "$WORK/refused" ||
    fail "no reason: $(cat "$WORK/refused")"

trace "allowed: starts and says so"
sed -i 's/^\[agent\]/&\nallow_degraded = true/' "$CONF"
"$without" "$BIN/cosmian_vm_agent" -d >"$WORK/log" 2>&1 &
agent=$!
at_end "kill $agent 2>/dev/null; wait $agent 2>/dev/null"
n=0
until grep -q "ready: listening" "$WORK/log"; do
	n=$((n + 1))
	kill -0 $agent || fail "it ended: $(cat "$WORK/log")"
	[ $n -lt 600 ] || fail "it does not serve"
	sleep 0.1
done
grep -q "degraded: this kernel has no landlock" "$WORK/log" ||
    fail "nothing said in the log"

trace "the evidence says so too"
nonce=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE
curl -sk -d "{\"nonce\":\"$nonce\",\"tee\":false}" \
    -H 'Content-Type: application/json' "$URL/attest" >"$WORK/attest" ||
    fail "attest"
flags=$(jq .config.flags "$WORK/attest")
[ $((flags & 2)) = 2 ] || fail "flags $flags without the degraded bit"
