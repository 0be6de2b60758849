#!/bin/sh
# The main story on a real kernel: measured boot, IMA, TPM, systemd, dm-crypt.
#
# usage: story.sh	(make regress-vm)
. "$(dirname "$0")/common.sh"

work=$(mktemp -d /tmp/cvmv.XXXXXX) || exit 1
M=$work/machine
C=$top/build/$VARIANT/bin/cosmian_vm
vm() {
	"$top/regress/vm/vm" "$M" "$@"
}

finish() {
	rc=$?
	[ $rc -eq 0 ] || [ ! -f "$M/serial.log" ] || tail -n 20 "$M/serial.log"
	[ ! -f "$M/env" ] || vm down
	rm -rf "$work"
	exit $rc
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

fail() {
	echo "FAIL $*"
	[ ! -f "$work/out" ] || sed 's/^/	| /' "$work/out"
	exit 1
}

# expect STATUS ARGUMENTS...: the client against the guest
expect() {
	want=$1
	shift
	timeout "$CALL_LIMIT" "$C" --url "https://127.0.0.1:$PORT" \
	    --allow-insecure-tls "$@" >"$work/out" 2>&1
	rc=$?
	[ $rc -eq "$want" ] || fail "exit status $rc instead of $want: $*"
}

said() {
	grep -q "$1" "$work/out" || fail "not said: $1"
}

# The volume that holds certificate and key, opened with a password.
volume_make() {
	vm in "set -e
	echo -n password >/root/pw
	cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \\
	    /dev/nvme0n3 /root/pw
	cryptsetup open --key-file /root/pw /dev/nvme0n3 cvm
	mkfs.ext4 -q /dev/mapper/cvm" || fail "cannot make the volume"
}

volume_open() {
	vm in "set -e
	[ -e /dev/mapper/cvm ] ||
	    cryptsetup open --key-file /root/pw /dev/nvme0n3 cvm
	mkdir -p /var/lib/cosmian_vm/data
	mount /dev/mapper/cvm /var/lib/cosmian_vm/data
	systemctl reset-failed cosmian_vm_agent
	systemctl restart cosmian_vm_agent" || {
		vm in 'journalctl -u cosmian_vm_agent --no-pager | tail -n 20'
		fail "the agent does not start"
	}
}

say "a machine: firmware, kernel, TPM, IMA, systemd"
vm up boot >"$work/env" || fail "no machine"
. "$M/env"
common="--without tee --accept-root provider-vtpm"

say "no key on a disk that is not encrypted"
vm in 'systemctl is-active cosmian_vm_agent' >"$work/out" &&
    fail "the agent runs without an encrypted volume"
vm in 'journalctl -u cosmian_vm_agent --no-pager' >"$work/out"
said "is not on an encrypted volume"

say "first launch on an encrypted volume"
volume_make
volume_open
vm in 'journalctl -u cosmian_vm_agent --no-pager' >"$work/out"
said "EK made: ECC P-384"

say "a snapshot, and the machine verified against it"
# shellcheck disable=SC2086
expect 0 snapshot $common -o "$work/snapshot.json"
said "replay to the quoted PCR 10"
said "the digest of the quoted PCRs 0-9"
expect 0 verify -s "$work/snapshot.json"

say "a program that is not in the snapshot"
vm in 'cp /usr/bin/true /usr/local/bin/intruder && echo x >>/usr/local/bin/intruder && /usr/local/bin/intruder'
expect 3 verify -s "$work/snapshot.json"
said "/usr/local/bin/intruder"

say "done"
exit 0
