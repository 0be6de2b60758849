#!/bin/sh
# A net that was taken over: no file, no attestation, no other net's
# connection, signatures over digests only; and no web dies of it.
# lanes: plain
tid=evil-net
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/proc/evil/evil-agent.sh"

[ "$(id -u)" = 0 ] || skip "needs root"
sim_up "$WORK/sim" --no-agent --conf "workers = 4"
evil_workers net
evil_start
trace "the taken net tries"
timeout 300 python3 "$TOP/regress/e2e/evil.py" net "$PORT" || {
	tail -n 20 "$WORK/evil.log"
	fail "see the findings"
}
! grep -E "(web|keys|tpm|tee)\[.*(killed|pid)" "$WORK/evil.log" ||
    fail "it took another process with it"
evil_stop || fail "the agent did not survive"
