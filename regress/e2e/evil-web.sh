#!/bin/sh
# A web that was taken over: no quote or report over bytes of its choice, no
# answer for another web's connection, nothing that is not in the permit table.
# lanes: plain
tid=evil-web
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/proc/evil/evil-agent.sh"

[ "$(id -u)" = 0 ] || skip "needs root"
sim_up "$WORK/sim" --no-agent --conf "workers = 4"
evil_workers web
evil_start
trace "the taken web tries"
timeout 300 python3 "$TOP/regress/e2e/evil.py" web "$PORT" || {
	tail -n 20 "$WORK/evil.log"
	fail "see the findings"
}
grep -q "web.*killed: ATTEST_REQ len .*: bad value" "$WORK/evil.log" ||
    fail "the log does not say why"
! grep -E "(net|keys|tpm|tee)\[.*killed" "$WORK/evil.log" ||
    fail "it took another process with it"
evil_stop || fail "the agent did not survive"
