#!/bin/sh
# A tpm that was taken over: what is not in the table, or is another quote than
# the one that was asked for, never reaches the device.
# lanes: plain
tid=evil-tpm
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/proc/evil/evil-agent.sh"

[ "$(id -u)" = 0 ] || skip "needs root"
sim_up "$WORK/sim" --no-agent --conf "tpm_device = \"unix:$WORK/t\""
python3 "$TOP/regress/e2e/evil.py" proxy "$WORK/t" "$TPM_SOCKET" \
    "$WORK/commands" 8>&- &
proxy=$!
at_end 'kill $proxy 2>/dev/null'
n=0
until [ -S "$WORK/t" ]; do
	n=$((n + 1))
	[ $n -lt 100 ] || fail "no proxy"
	sleep 0.1
done
evil_workers tpm
evil_start
evil_stop || fail "first launch"

# Each death makes the next replacement slower, so the agent starts anew.
: >"$WORK/commands"
for acts in "0 4" "5 8" "9 12"; do
	trace "acts $acts"
	evil_start
	# shellcheck disable=SC2086
	timeout 200 python3 "$TOP/regress/e2e/evil.py" tpm "$PORT" $acts || {
		tail -n 20 "$WORK/evil.log"
		fail "see the findings"
	}
	evil_stop || fail "the agent did not survive"
done

trace "what the device has seen"
refused=$(grep -c "TPM command refused" "$WORK/evil.log")
[ "$refused" -eq 12 ] || fail "$refused of 12 acts refused"
! grep "EVIL: act [1-9]" "$WORK/evil.log" || fail "an act has passed"
grep -q "EVIL: act 0 has passed, code 0000" "$WORK/evil.log" ||
    fail "the quote that was asked for has not passed"
# That one quote, ReadPublic, and GetCapability of each start's tpminit.
good="00000158 00000173 0000017a "
cut -c 13-20 "$WORK/commands" | sort | uniq -c >"$WORK/codes"
cat "$WORK/codes"
[ "$(awk '{ print $2 }' "$WORK/codes" | tr '\n' ' ')" = "$good" ] ||
    fail "other commands have reached the device"
[ "$(awk '$2 == "00000158" { print $1 }' "$WORK/codes")" = 1 ] ||
    fail "another quote has reached the device"
