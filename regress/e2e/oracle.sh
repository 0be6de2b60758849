#!/bin/sh
# No sequence of compatible requests yields a quote or a report that the strong
# form accepts, and none of the strong form itself does so over chosen bytes.
tid=oracle
. "$(dirname "$0")/../lib.sh"

[ "$(id -u)" = 0 ] || skip "needs root"
command -v curl >/dev/null || skip "no curl program"
sim_up "$WORK/sim" --variant "$VARIANT"
trace "what the compatible form signs"
timeout 400 python3 "$TOP/regress/e2e/oracle.py" "$URL" "$AGENT_CERT" || {
	tail -n 5 "$AGENT_LOG"
	fail "see the finding"
}
