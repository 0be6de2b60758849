#!/bin/sh
# The main story on a real kernel: measured boot, IMA, TPM, systemd, dm-crypt.
#
# usage: story.sh	(make regress-vm; with DEMO=1 make demo-vm)
. "$(dirname "$0")/common.sh"

common="--without tee --accept-root provider-vtpm"

power() {
	step "A machine: firmware, one file with kernel and command line, TPM" <<X
A small Debian with our programs, installed as by a user.  The kernel measures
whatever is run or read by root (ima_policy=tcb).  This takes half a minute,
and minutes when the image has to be made first.
X
	machine_up boot
}

first_launch() {
	step "First launch" <<X
The agent makes an encrypted container, whose key is sealed in the TPM to this
firmware, kernel and command line; in it the keys of the TPM, certificate and
key.
X
	agent_wait
	unit_said "first launch: makes a container of 64 MiB"
	unit_said "EK made: ECC P-384"
	vm in 'findmnt -no SOURCE /var/lib/cosmian_vm/data;
	stat -c %a /var/lib/cosmian_vm/data/luks_password;
	cosmian_fstool status' >"$work/out" || fail "no container"
	said "^/dev/mapper/cosmian_vm"
	said "^600"
	said "integrity: *yes"
	said "pcrs 4,7,9,11,15"
	said "unseals_at_next_boot: *yes"
	vm in 'install -m 600 /var/lib/cosmian_vm/data/luks_password /root/pw' ||
	    fail "no password"

	step "Unsealed once in a boot, and never again" <<X
PCR 15 was extended when the container was made.
X
	vm in 'systemctl stop cosmian_vm_agent; cosmian_fstool close &&
	    cosmian_fstool open' >"$work/out" 2>&1 && fail "it was unsealed"
	said "not unsealed: PCR 15 is not zero any more"
	vm in 'cosmian_fstool open --password file:/root/pw' ||
	    fail "the password does not open it"
	agent_restart
}

# What the client says here is about a real kernel's PCR 10 and boot_aggregate.
snapshot() {
	step "A snapshot, and the machine verified against it" <<X
The list of the kernel's IMA replays to what the TPM has signed, and so does
the firmware's log of this boot.  The simulated TPM belongs to nobody who is
known, and the machine has no confidential hardware; both is accepted here.
X
	# shellcheck disable=SC2086
	expect 0 snapshot $common -o "$work/snapshot.json"
	said "replay to the quoted PCR 10"
	said "the digest of the quoted PCRs 0-9"
	expect 0 verify -s "$work/snapshot.json"
	said "the boot of the snapshot"
}

intruder() {
	step "A program that is not in the snapshot" <<X
It is run once, and the client names it.
X
	vm in 'cp /usr/bin/true /usr/local/bin/intruder &&
	    echo x >>/usr/local/bin/intruder && /usr/local/bin/intruder' ||
	    fail "cannot run it"
	expect 3 verify -s "$work/snapshot.json"
	said "/usr/local/bin/intruder"
	vm in 'rm /usr/local/bin/intruder'
	expect 3 verify -s "$work/snapshot.json"
	said "/usr/local/bin/intruder"
}

reboot() {
	step "Removed, and the machine started again" <<X
It was run in a boot that is over.  This one is the snapshot's in every
measurement: accepted, and the client says that it is another boot.
X
	vm reboot || fail "it does not come up again"
	agent_wait
	unit_said "Mounted at /var/lib/cosmian_vm/data" mount_luks
	expect 0 verify -s "$work/snapshot.json"
	said "the sealed volume is that of the snapshot"
	said "rebooted since the snapshot ([0-9]* resets*), into the same measured state"
	expect 3 verify -s "$work/snapshot.json" --same-boot
}

other_kernel() {
	step "Another command line" <<X
Somebody starts the same kernel with one word more: the TPM keeps the key of
the container, and, when it is opened by password, the client refuses.
X
	vm stop
	vm start other || fail "it does not come up again"
	unit_said "not unsealed" mount_luks
	vm in 'systemctl stop cosmian_vm_agent'
	vm in 'cosmian_fstool open --password file:/root/pw' ||
	    fail "the password does not open it"
	agent_restart
	expect 3 verify -s "$work/snapshot.json"
	said "PCR 11 differs, another kernel or command line was booted"

	step "And the first one again" <<X
Off and on again with the kernel of the snapshot.
X
	vm stop
	vm start boot || fail "it does not come up again"
	agent_wait
	expect 0 verify -s "$work/snapshot.json"
	said "into the same measured state"
}

work_make
power
first_launch
snapshot
intruder
reboot
other_kernel
step "Done" </dev/null
exit 0
