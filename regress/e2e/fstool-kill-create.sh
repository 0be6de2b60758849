#!/bin/sh
# lanes: plain
# Create, cut off and made to fail at the calls that change what outlives it:
# nothing is left that the next run does not remove or finish.
tid=fstool-kill-create
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/fstool.sh"
. "$TOP/regress/e2e/tools/faults.sh"

SAMPLE=12
NEW="--size 32M --no-integrity --no-filesystem --bind tpm"

# The next run starts clean, or finishes and says that there is one.
cut_off()
{
	state_back empty
	fault_run "$@"
	shift 2
	if [ -e "$BOX/header" ]; then
		whole=$((whole + 1))
		does 1 "$@" || return
		grep -q "exists: nothing" "$WORK/out" || finding "not said"
		whole_tpm
		whole_password
	elif [ -e "$BOX/header.mac" ]; then
		whole=$((whole + 1))
		does 0 "$@" || return
		grep -q "the earlier run made" "$WORK/out" ||
		    finding "not said"
		whole_tpm
		whole_password
	else
		does 0 "$@" || return
	fi
	is_left
	counters 1
	does 0 check
}

faults_up
state_save empty
whole=0
# shellcheck disable=SC2086
faults_each cut_off create $NEW --password "file:$PW"
trace "$whole times it was whole, and else nothing"

trace "a full disk: for the header, the data, the record"
mount -t tmpfs -o size=8M,mode=700 none "$BOX" || fail "mount"
at_end 'umount "$BOX" 2>/dev/null'
state_back empty
for size in 2M 20M 36M 36868K; do
	fault_how=size fault_n=$size
	mount -o "remount,size=$size" "$BOX" || fail "remount"
	# shellcheck disable=SC2086
	does 1 create $NEW --password "file:$PW" || continue
	grep -q "No space left" "$WORK/out" || finding "not said"
	[ -z "$(ls "$BOX")" ] || finding "left: $(ls "$BOX")"
	counters 0
done
mount -o remount,size=64M "$BOX" || fail "remount"
# shellcheck disable=SC2086
does 0 create $NEW --password "file:$PW" && is_left
counters 1
does 0 check
whole_tpm
faults_end
