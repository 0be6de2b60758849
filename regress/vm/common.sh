# Functions of the virtual machine's scripts; read by "image", "vm" and the
# tests in regress/vm, never run by itself.
#
# What a machine is stands in its folder $DIR:
#	env		KEY=VALUE lines, as "vm up" prints them
#	run/NAME	pid and start time of each process we started
#	tpm/ ca/	state of swtpm, and the CA of its EK certificates
#	root.ext4	an overlay over the image; esp.img, vars.fd likewise
#	serial.log	what the kernel said

top=$(cd "$(dirname "$0")/../.." && pwd)
VARIANT=${VARIANT:-plain}
VMDIR=${VMDIR:-$top/build/vm}
# Seconds that a guest may take for one thing: generous, for it may be emulated.
BOOT_LIMIT=${BOOT_LIMIT:-600}
CALL_LIMIT=${CALL_LIMIT:-300}

# SIMD ciphers by way of cryptd hang under emulation.
KSAFE="cryptomgr.notests=1 module_blacklist=aesni_intel,sha1_ssse3,sha256_ssse3,sha512_ssse3"
CMDLINE="root=/dev/nvme0n1 rootwait rw console=ttyS0 quiet loglevel=4 mitigations=off net.ifnames=0 tsc=reliable ima_policy=tcb ima_hash=sha256 $KSAFE"

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

say() {
	echo "$(date +%T) $*"
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
