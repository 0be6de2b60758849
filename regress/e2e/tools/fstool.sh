# For tests of cosmian_fstool without a device mapper, after lib.sh: a machine
# with a TPM and a boot log, and a container of header and keys only.  "open"
# gets as far as activation there, which is where these tests look.
#
#	FS			the program
#	box_up [TEE]		the machine, $BOX/ and the password file $PW
#	box_reboot [KERNEL]	its TPM reset, and the same boot (or another kernel)
#	box VERB ARG ...	cosmian_fstool on the container $BOX
#	want STATUS TEXT VERB ARG ...	the same; status and words must be these
#	box_create		a container with password

FS=$BIN/cosmian_fstool
BOX=$WORK/box
PW=$WORK/pw

box_up()
{
	[ "$(id -u)" = 0 ] || skip "needs root"
	sim_up "$WORK/sim" --no-agent --tee "${1:-none}"
	mkdir -m 700 "$BOX"
	printf 'a good password' >"$PW"
	chmod 600 "$PW"
}

box_reboot()
{
	[ $# -eq 0 ] || echo "$1" >"$WORK/sim/kernel"
	"$SIM/machine" "$WORK/sim" reboot || fail "no reboot"
}

box()
{
	box_verb=$1
	shift
	[ "$box_verb" = cap ] || set -- --header "$BOX/header" "$@"
	timeout 300 "$FS" "$box_verb" --tpm "unix:$SWTPM_SOCKET" "$@"
}

# What every verb but check and cap wants to know besides.
box_where()
{
	case $1 in
	create|open|status)
		echo "--location $BOX/container --boot-log $WORK/sim/eventlog" ;;
	reseal|adopt)
		echo "--boot-log $WORK/sim/eventlog" ;;
	esac
}

want()
{
	want_rc=$1 want_text=$2 want_verb=$3
	shift 3
	# shellcheck disable=SC2046
	box "$want_verb" $(box_where "$want_verb") "$@" >"$WORK/out" 2>&1
	box_rc=$?
	[ $box_rc -eq "$want_rc" ] && { [ -z "$want_text" ] ||
	    grep -q -- "$want_text" "$WORK/out"; } && return
	sed 's/^/	| /' "$WORK/out"
	fail "$want_verb: status $box_rc instead of $want_rc, or not said: $want_text"
}

box_create()
{
	want 0 "" create --size 32M --no-integrity --no-filesystem \
	    --bind tpm --password "file:$PW" "$@"
}

# Unsealed, MAC and counter right: what is left is the device mapper.
opens()
{
	want 1 "the volume cannot be opened" open --mount "$WORK/mnt" "$@"
}
