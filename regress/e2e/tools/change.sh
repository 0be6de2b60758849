# For tests that cut off a change of a header, after faults.sh.
#
#	change_each STATE VERB ARG ...	from a saved state: cut off at its
#				calls, what is left is whole, and the same verb
#				goes through next, in turns before and after
#				the container was looked at
#
# A header that nobody knew before (OLD_UNKNOWN=1, what adopt is for) may still
# be the very same afterwards.  With NOT_SEALED=1 the old one does not unseal.

OLD_UNKNOWN=
NOT_SEALED=
PASS=$PW

is_old()
{
	cmp -s "$BOX/header" "$WORK/$state/header"
}

look()
{
	# Where adopt has no seal to make anew the bytes stay, and get a record.
	[ -z "$OLD_UNKNOWN" ] || ! is_old || box check >"$WORK/out" 2>&1 ||
	    [ $? -ne 3 ] || return
	does 0 check
	if [ -n "$NOT_SEALED" ] && is_old; then
		whole_tpm --password "file:$PW"
	else
		whole_tpm
	fi
}

change_again()
{
	does 0 "$@" || return
	does 0 check
}

change_cut()
{
	state_back "$state"
	fault_run "$@"
	shift 2
	turn=$((1 - turn))
	if is_old; then old=$((old + 1)); else new=$((new + 1)); fi
	whole_password "$PASS"
	if [ $turn -eq 1 ]; then
		look
		tpm_again || fail "no reboot"
		change_again "$@"
	else
		change_again "$@"
		whole_tpm
	fi
	is_left
	counters 1
}

change_each()
{
	state=$1 turn=0 old=0 new=0
	shift
	state_back "$state"
	faults_each change_cut "$@"
	trace "$1: $old times the old header, $new times a new one"
}
