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
	step "No key on a disk that is not encrypted" <<X
The agent was started at boot, and refuses to make its keys: whoever runs the
disk could read them.
X
	vm in 'systemctl is-active cosmian_vm_agent' >"$work/out" &&
	    fail "the agent runs without an encrypted volume"
	unit_said "is not on an encrypted volume"

	step "First launch, on an encrypted volume" <<X
Now it makes the keys of the TPM, certificate and key.
X
	volume_make
	volume_open
	agent_restart
	unit_said "EK made: ECC P-384"
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
	volume_open
	agent_restart
	expect 0 verify -s "$work/snapshot.json"
	said "rebooted since the snapshot (1 reset), into the same measured state"
	expect 3 verify -s "$work/snapshot.json" --same-boot
}

other_kernel() {
	step "Another command line" <<X
Somebody starts the same kernel with one word more: refused, and named.
X
	vm stop
	vm start other || fail "it does not come up again"
	volume_open
	agent_restart
	expect 3 verify -s "$work/snapshot.json"
	said "PCR 11 differs, another kernel or command line was booted"

	step "And the first one again" <<X
Off and on again with the kernel of the snapshot.
X
	vm stop
	vm start boot || fail "it does not come up again"
	volume_open
	agent_restart
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
