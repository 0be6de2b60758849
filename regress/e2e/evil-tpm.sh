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
for acts in "tpm 0 4" "tpm 5 8" "tpm 9 12" "activate 0 4" "activate 5 8"; do
	trace "acts $acts"
	evil_start
	# shellcheck disable=SC2086
	set -- $acts
	timeout 200 python3 "$TOP/regress/e2e/evil.py" $1 "$PORT" $2 $3 || {
		tail -n 20 "$WORK/evil.log"
		fail "see the findings"
	}
	evil_stop || fail "the agent did not survive"
done

trace "what the device has seen"
refused=$(grep -c "TPM command refused" "$WORK/evil.log")
[ "$refused" -eq 20 ] || fail "$refused of 20 acts refused"
! grep "EVIL: act [1-9]" "$WORK/evil.log" || fail "an act has passed"
! grep "EVIL: activation [1-9]" "$WORK/evil.log" || fail "an act has passed"
grep -q "EVIL: activation 0 has passed" "$WORK/evil.log" ||
    fail "the activation that was asked for has not passed"
grep -q "EVIL: act 0 has passed, code 0000" "$WORK/evil.log" ||
    fail "the quote that was asked for has not passed"
# That one quote and activation, ReadPublic, and GetCapability of each start's tpminit.
good="00000147 00000158 00000173 0000017a "
cut -c 13-20 "$WORK/commands" | sort | uniq -c >"$WORK/codes"
cat "$WORK/codes"
[ "$(awk '{ print $2 }' "$WORK/codes" | tr '\n' ' ')" = "$good" ] ||
    fail "other commands have reached the device"
for code in 00000147 00000158; do
	[ "$(awk "\$2 == \"$code\" { print \$1 }" "$WORK/codes")" = 1 ] ||
	    fail "another command $code has reached the device"
done
