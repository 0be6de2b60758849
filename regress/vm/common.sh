# Functions of the virtual machine's scripts; read by "image", "vm" and the
# tests in regress/vm (after "tid=NAME", and then work_make), never run by
# itself.
#
# What a machine is stands in its folder $DIR:
#	env		KEY=VALUE lines, as "vm up" prints them
#	run/NAME	pid and start time of each process we started
#	tpm/ ca/	state of swtpm, and the CA of its EK certificates
#	root.ext4	an overlay over the image; esp.img, vars.fd likewise
#	serial.log	what the kernel said
#	kernel		which one is started: boot, other, pvh

top=$(cd "$(dirname "$0")/../.." && pwd)
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
VARIANT=${VARIANT:-plain}
VMDIR=${VMDIR:-$top/build/vm}
# Seconds that a guest may take for one thing: generous, for it may be emulated.
BOOT_LIMIT=${BOOT_LIMIT:-600}
CALL_LIMIT=${CALL_LIMIT:-300}

# SIMD ciphers by way of cryptd hang under emulation.
KSAFE="cryptomgr.notests=1 module_blacklist=aesni_intel,sha1_ssse3,sha256_ssse3,sha512_ssse3"
CMDLINE="root=/dev/nvme0n1 rootwait rw console=ttyS0 quiet loglevel=4 mitigations=off net.ifnames=0 tsc=reliable ima_policy=tcb ima_hash=sha256 $KSAFE"

META=linux-image-6.12-cloud-amd64

# The newest that Debian has.
kernel_release() {
	pkg=$(apt-cache depends $META | awk '/Depends: linux-image/ {print $2; exit}')
	[ -n "$pkg" ] || die "no package $META"
	echo "${pkg#linux-image-}"
}

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# Field 22 of /proc/PID/stat; the name in field 2 may hold blanks.
proc_start() {
	sed -n 's/^.*) //p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

proc_note() {
	mkdir -p "$DIR/run"
	echo "$2 $(proc_start "$2")" >"$DIR/run/$1"
}

# A recorded process that is still the one we started.
proc_alive() {
	[ -f "$DIR/run/$1" ] || return 1
	read -r pid start <"$DIR/run/$1" || return 1
	[ -n "$start" ] && [ "$(proc_start "$pid")" = "$start" ] &&
	    ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null
}

proc_wait_end() {
	n=$(($2 * 10))
	while proc_alive "$1"; do
		[ $n -gt 0 ] || return 1
		n=$((n - 1))
		sleep 0.1
	done
}

proc_stop() {
	if proc_alive "$1"; then
		kill "$pid" 2>/dev/null
		proc_wait_end "$1" 10 || kill -9 "$pid" 2>/dev/null
	fi
	rm -f "$DIR/run/$1"
}

# --- for the tests -------------------------------------------------------------

DATA=/dev/disk/by-id/virtio-data

# A folder $work that is gone at the end, as is the machine $M.
work_make() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/cvmv.XXXXXX") || exit 1
	M=$work/machine
	C=$top/build/$VARIANT/bin/cosmian_vm
	T=$top/build/$VARIANT/test
	began=$(date +%s)
	trap finish EXIT
	trap 'exit 1' INT TERM HUP
}

finish() {
	rc=$?
	trap - EXIT
	[ $rc -eq 0 ] || [ ! -f "$M/serial.log" ] || tail -n 20 "$M/serial.log"
	[ ! -f "$M/env" ] || vm down
	rm -rf "$work"
	exit $rc
}

vm() {
	"$top/regress/vm/vm" "$M" "$@"
}

fail() {
	echo "FAIL $*"
	[ ! -f "$work/out" ] || sed 's/^/	| /' "$work/out"
	exit 1
}

# step WORDS: with DEMO set for a user, who is told more by further lines on
# standard input; else a line with the seconds since the start.
step() {
	if [ -z "${DEMO-}" ]; then
		echo "$(($(date +%s) - began)) s: $1"
		return
	fi
	steps=$((${steps-0} + 1))
	printf '\n%s. %s\n' "$steps" "$1"
	sed 's/^/   /'
}

# machine_up KERNEL: a new one
machine_up() {
	vm up "$1" >"$work/env" || fail "no machine"
	. "$M/env"
}

# expect STATUS ARGUMENTS...: the client against the guest
expect() {
	want=$1
	shift
	[ -z "${DEMO-}" ] || echo "   \$ cosmian_vm --url https://127.0.0.1:$PORT $*" |
	    sed "s|$work/||g"
	timeout "$CALL_LIMIT" "$C" --url "https://127.0.0.1:$PORT" \
	    --allow-insecure-tls "$@" >"$work/out" 2>&1
	rc=$?
	[ -z "${DEMO-}" ] || sed "s|^|     |; s|$work/||g" "$work/out"
	[ $rc -eq "$want" ] || fail "exit status $rc instead of $want: $*"
}

said() {
	grep -q "$1" "$work/out" || fail "not said: $1"
}

# unit_said WORDS [UNIT]: the agent's unit or another, in the journal of this boot
unit_said() {
	vm in "journalctl -b -u ${2-cosmian_vm_agent} --no-pager" >"$work/out"
	said "$1"
}

# The volume that holds certificate and key, opened with a password.
volume_make() {
	vm in "set -e
	echo -n password >/root/pw
	cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \\
	    $DATA /root/pw
	cryptsetup open --key-file /root/pw $DATA cvm
	mkfs.ext4 -q /dev/mapper/cvm" || fail "cannot make the volume"
}

# The agent is stopped first, for it is started again and again until it finds
# one, and would be interrupted by agent_restart at its first launch.
volume_open() {
	vm in "set -e
	systemctl stop cosmian_vm_agent
	[ -e /dev/mapper/cvm ] ||
	    cryptsetup open --key-file /root/pw $DATA cvm
	mkdir -p /var/lib/cosmian_vm/data
	mount /dev/mapper/cvm /var/lib/cosmian_vm/data" ||
	    fail "cannot open the volume"
}

# Until the agent is up, which at first launch makes its container before.
agent_wait() {
	n=$((BOOT_LIMIT / 2))
	until vm in 'systemctl is-active -q cosmian_vm_agent'; do
		n=$((n - 1))
		[ $n -gt 0 ] || {
			vm in 'journalctl -b -u cosmian_vm_agent -u mount_luks --no-pager | tail -n 30'
			fail "the agent does not start"
		}
		sleep 2
	done
}

agent_restart() {
	vm in "systemctl reset-failed cosmian_vm_agent
	systemctl restart cosmian_vm_agent" || {
		vm in 'journalctl -u cosmian_vm_agent --no-pager | tail -n 20'
		fail "the agent does not start"
	}
}
