#!/bin/sh
# Reports of confidential hardware as the kernel hands them out: by its own
# configfs-tsm, behind which is a module of ours, and by a device with the
# ioctls of sev-guest.  Both sign with simulated keys.
#
# only: regress-vm
# usage: tee.sh		(make regress-vm)
. "$(dirname "$0")/common.sh"

# Where they are in the guest.  They are there before the snapshot.
H=/opt/sim/hierarchy

# The chip's keys, the list of revoked certificates that its host sends along,
# and the programs, on the disk before the first start.
chip_make() {
	"$T/sim/forge-snp" "$work/hier" >/dev/null &&
	    "$T/sim/forge-crl" "$work/hier" "$work/hier/crl.der" >/dev/null ||
	    fail "no keys"
	ko=$("$top/regress/vm/module") || fail "no module"
	vm make || fail "no machine"
	for f in "$T/vm/tsm-helper" "$T/vm/sev-guest" "$T/vm/tee-key" "$ko"; do
		vm put "$f" "/opt/sim/${f##*/}" || fail "cannot put $f"
	done
	for f in "$work"/hier/*; do
		vm put "$f" "$H/${f##*/}" || fail "cannot put $f"
	done
}

first_launch() {
	vm start pvh || fail "it does not start"
	. "$M/env"
	vm in 'set -e
	modprobe tsm
	insmod /opt/sim/cvm_tsm.ko
	systemd-run -q --unit=chip /opt/sim/tsm-helper '$H || fail "no module"
	unit_said "is not on an encrypted volume"
	volume_make
	volume_open
	agent_restart
}

by_configfs() {
	step "by the kernel's configfs-tsm" </dev/null
	roots="--accept-root provider-vtpm --trust-root $work/hier/ark.pem"
	# shellcheck disable=SC2086
	expect 0 snapshot $roots -o "$work/snapshot.json"
	# shellcheck disable=SC2086
	expect 0 verify -s "$work/snapshot.json" --trust-root "$work/hier/ark.pem"
	vm in 'journalctl -u chip --no-pager' >"$work/out"
	said "report at level 0"
	step "whose root is not known: refused" </dev/null
	expect 3 verify -s "$work/snapshot.json"
	said 'FAIL.* snp.root: .* is neither'
}

no_program() {
	step "no answer from the firmware" </dev/null
	vm in 'systemctl stop chip'
	expect 1 verify -s "$work/snapshot.json" --trust-root "$work/hier/ark.pem"
}

device_start() {
	vm in 'set -e
	rmmod cvm_tsm
	rmmod tsm
	modprobe cuse
	systemd-run -q --unit=chip /opt/sim/sev-guest '$H'
	for i in 1 2 3 4 5 6 7 8 9; do
		[ -c /dev/sev-guest ] && break
		sleep 1
	done' || fail "no device"
	agent_restart
}

by_device() {
	step "by /dev/sev-guest" </dev/null
	device_start
	expect 0 verify -s "$work/snapshot.json" --trust-root "$work/hier/ark.pem"
	vm in 'journalctl -u chip --no-pager' >"$work/out"
	said SNP_GET_EXT_REPORT

	step "from a host with too many certificates" </dev/null
	vm in "echo 100000 >$H/certs-len"
	mkdir "$work/amd"
	cp "$work/hier/vcek.der" "$work/amd/"
	cp "$work/hier/crl.der" "$work/amd/amd_crl.der"
	cat "$work/hier/ask.pem" "$work/hier/ark.pem" >"$work/amd/amd_chain.pem"
	expect 0 verify -s "$work/snapshot.json" \
	    --trust-root "$work/hier/ark.pem" --collateral "$work/amd"
	vm in 'journalctl -u chip --no-pager' >"$work/out"
	said SNP_GET_REPORT
}

# key FIELDS [SVN]
key() {
	vm in "/opt/sim/tee-key $*" || fail "no key for $*"
}

derived_key() {
	step "a derived key: the same for the same fields, and not for others" </dev/null
	a=$(key 0x9) && b=$(key 0x9) && c=$(key 0x1) && d=$(key 0x19 7) || exit 1
	[ ${#a} -eq 64 ] && [ "$a" = "$b" ] || fail "another key: $a $b"
	[ "$a" != "$c" ] && [ "$a" != "$d" ] && [ "$c" != "$d" ] ||
	    fail "the same key for other fields: $a $c $d"
	vm in "head -c 48 /dev/zero | tr '\\0' m >$H/measurement"
	[ "$(key 0x9)" != "$a" ] || fail "the same key for another measurement"
	[ "$(key 0x1)" = "$c" ] || fail "a field counts that was not selected"
	vm in '/opt/sim/tee-key 0x40000' >"$work/out" 2>&1 && fail "a field that is none"
	said "firmware error 0x16"
}

work_make
step "a machine with a chip" </dev/null
chip_make
first_launch
by_configfs
no_program
by_device
derived_key
step "done" </dev/null
exit 0
