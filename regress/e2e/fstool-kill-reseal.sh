#!/bin/sh
# lanes: plain
# Reseal and recovery-key, cut off and made to fail at the calls that change
# what outlives them: the header is the old or the new one, and opens.
tid=fstool-kill-reseal
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/fstool.sh"
. "$TOP/regress/e2e/tools/faults.sh"
. "$TOP/regress/e2e/tools/change.sh"

SAMPLE=5

faults_up
box_create
state_save made
trace "to other PCRs: what was sealed before unseals in this boot, too"
change_each made reseal --password "file:$PW" --pcrs 4,9
change_each made recovery-key --password "file:$PW"

trace "a recovery key that is kept is there, or it is not"
OUT=$WORK/key
# A key that has its name is whole, and not made again: key_cut tries it.
change_again()
{
	[ -e "$OUT" ] || does 0 "$@" || return
	does 0 check
}
key_cut()
{
	rm -f "$OUT"
	change_cut "$@"
	[ -e "$OUT" ] || finding "no key"
	does 0 check && whole_password_line
	rm -f "$OUT"
	for left in "$OUT".*; do
		[ ! -e "$left" ] || finding "left: $left"
	done
}
whole_password_line()
{
	tr -d '\n' <"$OUT" >"$WORK/line"
	whole_password "$WORK/line"
}
state=made turn=0 old=0 new=0
state_back made
faults_each key_cut recovery-key --password "file:$PW" -o "$OUT"
faults_end
