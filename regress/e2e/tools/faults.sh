# For tests that cut off cosmian_fstool, after fstool.sh.
#
#	faults_up		the machine and the box; argon2id costs little
#	state_save NAME, state_back NAME	box and TPM, booted anew
#	faults_each FUNCTION VERB ARG ...	the calls of that command that
#			change what outlives it, each cut and made to fail:
#			all of them with FULL=1, else SAMPLE of them by SEED;
#			FUNCTION is called with the box as it was left
#	fault_run HOW N VERB ARG ...	one of them, by the letter of faults
#	is_left			nothing but header, header.mac and container
#	counters NUMBER		so many NV counters are in the TPM
#	whole_tpm, whole_password	the container is opened by it, as far as
#			a host without device mapper can
#
# Findings are collected, for one run is long: faults_end tells them.

FAULTS_TOOL=$TEST/e2e/tools/faults
FAULTS=
: "${FULL:=}"
: "${SEED:=1}"
findings=0

faults_up()
{
	box_up
	# What decides about the memory for argon2id: the least that is taken.
	echo "MemAvailable: 131072 kB" >"$WORK/meminfo"
	cat >"$WORK/fs" <<X
#!/bin/sh
exec unshare -m sh -c 'mount --bind $WORK/meminfo /proc/meminfo && exec "\$@"' \
    sh \$FAULTS $BIN/cosmian_fstool "\$@"
X
	chmod 700 "$WORK/fs"
	FS=$WORK/fs
	export FAULTS
	trace "seed $SEED"
}

# tpm_again [FILE]: power off and on, with another state if it is given
tpm_again()
(
	. "$SIM/common.sh"
	dir_load "$WORK/sim"
	tpm_stop
	[ $# -eq 0 ] || cp "$1" "$DIR/tpm/tpm2-00.permall" || exit 1
	tpm_start tpm
	tpm_boot
)

state_save()
{
	tpm_again || fail "no reboot"
	rm -rf "$WORK/$1"
	mkdir -m 700 "$WORK/$1"
	cp -p "$BOX"/* "$WORK/$1" 2>/dev/null
	cp "$WORK/sim/tpm/tpm2-00.permall" "$WORK/$1.tpm" || fail "no state"
}

state_back()
{
	find "$BOX" -mindepth 1 -delete
	cp -p "$WORK/$1"/* "$BOX" 2>/dev/null
	tpm_again "$WORK/$1.tpm" || fail "no reboot"
}

finding()
{
	findings=$((findings + 1))
	echo "FINDING $fault_how $fault_n ($(cat "$WORK/call" 2>/dev/null)): $*"
	sed 's/^/	| /' "$WORK/out"
	ls -l "$BOX" | sed 's/^/	> /'
	[ ! -e "$WORK/first" ] || sed 's/^/	1 /' "$WORK/first"
}

# does STATUS VERB ARG ...: 0 when the status is that
does()
{
	does_rc=$1
	shift
	# shellcheck disable=SC2046
	box "$@" $(box_where "$1") >"$WORK/out" 2>&1
	box_rc=$?
	[ $box_rc -eq "$does_rc" ] || {
		finding "$1: status $box_rc instead of $does_rc"
		return 1
	}
}

fault_run()
{
	fault_how=$1 fault_n=$2
	shift 2
	FAULTS="$FAULTS_TOOL -$fault_how${fault_n:+ $fault_n} -o $WORK/call"
	# shellcheck disable=SC2046
	box "$@" $(box_where "$1") >"$WORK/out" 2>&1
	fault_rc=$?
	FAULTS=
	cp "$WORK/out" "$WORK/first"
	case $fault_how:$fault_rc in
	c:0|[kK]:137|s:143|e:[13])	;;
	*)	finding "status $fault_rc" ;;
	esac
}

is_left()
{
	left=$(cd "$BOX" && echo *)
	[ "$left" = "container header header.mac" ] || finding "left: $left"
}

counters()
{
	n=$(TPM2TOOLS_TCTI="swtpm:path=$SWTPM_SOCKET" \
	    tpm2_getcap handles-nv-index | grep -ci 0x18353)
	[ "$n" -eq "$1" ] || finding "$n counters instead of $1"
}

whole_tpm()
{
	does 1 open --mount "$WORK/mnt" "$@" &&
	    { grep -q "the volume cannot be opened" "$WORK/out" ||
	    finding "not unsealed"; }
}

whole_password()
{
	cryptsetup open --test-passphrase --key-file "${1:-$PW}" \
	    "$BOX/header" >"$WORK/out" 2>&1 || finding "not opened by ${1:-$PW}"
}

# HOW N of every call in the list; what TPM and front do at once is also
# between the two.
faults_list()
{
	while read -r n call what; do
		echo "k $n"
		echo "e $n"
		[ "$call" != sendmsg ] || echo "K $n"
	done <"$WORK/calls"
}

faults_pick()
{
	if [ -n "$FULL" ]; then
		cat
	else
		awk -v seed="$SEED" 'BEGIN { srand(seed) }
		    { print rand() "\t" $0 }' | sort -n | cut -f2 |
		    head -n "$SAMPLE" | sort -k2n
	fi
}

faults_each()
{
	each=$1
	shift
	fault_run c '' "$@"
	mv "$WORK/call" "$WORK/calls"
	faults_list | faults_pick >"$WORK/points"
	all=$(faults_list | wc -l)
	trace "$1: $(wc -l <"$WORK/calls") calls, $(wc -l <"$WORK/points") of $all points"
	[ -z "$FULL" ] || cat "$WORK/calls"
	while read -r how n <&3; do
		"$each" "$how" "$n" "$@"
	done 3<"$WORK/points"
}

faults_end()
{
	[ $findings -eq 0 ] || fail "$findings findings"
	exit 0
}
