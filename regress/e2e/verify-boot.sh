#!/bin/sh
# Measured boot, and whose the TPM is: a reboot into the same state, changes
# told by name, logs that lie, an endorsement key proven by activation.
tid=verify-boot
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"

mkdir "$WORK/tree"
cp /usr/bin/true "$WORK/tree/true"
sim_up "$WORK/sim" --roots "$WORK/tree"
export IMA_DIR TPM_SOCKET
log=$DIR/eventlog

reboot()
{
	"$SIM/machine" "$DIR" reboot || fail reboot
}

trace "the snapshot keeps the boot and the TPM's key"
client 0 snapshot -o "$WORK/good" --trust-root "$TRUST_ROOT"
said "tpm.eventlog: 10 events replay" "kernel named /boot/vmlinuz-sim"
said "[  OK  ] tpm.activation"
grep -q '"command_lines":\["/boot/vmlinuz-sim root=/dev/vda ro' "$WORK/good" ||
    fail "no command line in the snapshot"
grep -q '"ek":"[0-9a-f]\{64\}"' "$WORK/good" || fail "no EK in the snapshot"
verify 0
said "[  OK  ] instance.ek" "[  OK  ] tpm.boot: the boot of the snapshot"
verify 0 --same-boot

trace "the maker of the TPM, once named"
said "[ WARN ] tpm.ek-cert: the certificate of the endorsement key, by"
verify 0 --trust-root "$DIR/ca/issuercert.pem"
said "[ WARN ] tpm.ek-cert: the endorsement key is vouched for by root"

trace "a reboot into the same measured state"
reboot
verify 0
said "tpm.boot: rebooted since the snapshot (1 reset), into the same measured"
verify 3 --same-boot
said "[ FAIL ] tpm.boot: rebooted since the snapshot (1 reset) (--same-boot)"

trace "another command line"
echo "root=/dev/vda ro ima_policy=none" >"$DIR/cmdline"
reboot
verify 3
said "[ FAIL ] pcrs: PCR 8 differs" "boot.command-line: command line: "
said "ima_policy=tcb\" -> " "ima_policy=none\"" "boot.event: PCR 8"
verify 0 --without pcrs
said "boot.command-line" "another boot state is accepted, as asked"

trace "another kernel"
rm "$DIR/cmdline"
echo /boot/vmlinuz-evil >"$DIR/kernel"
reboot
verify 3
said "[ FAIL ] pcrs: PCR 9 differs"
said "boot.kernels: kernels: /boot/vmlinuz-sim (sha256"
said "-> /boot/vmlinuz-evil (sha256"

trace "the old log beside another kernel: not one of its names is shown"
cp "$log" "$WORK/evil-log"
rm "$DIR/kernel"
reboot
cp "$log" "$WORK/good-log"
verify 0
echo /boot/vmlinuz-evil >"$DIR/kernel"
reboot
cp "$WORK/good-log" "$log"
verify 3
said "[ FAIL ] tpm.eventlog: the log does not replay to the quoted PCR 8"
said "no boot log that replays"
unsaid "vmlinuz-evil"

trace "no log: what is the same passes, a change is not explained"
rm "$log"
verify 3
said "boot.changes: the change cannot be explained"
rm "$DIR/kernel"
reboot
rm "$log"
verify 0
said "[ SKIP ] tpm.eventlog"

trace "another TPM with the same PCRs"
reboot
verify 0
"$SIM/machine" "$DIR" swap-tpm || fail swap-tpm
verify 3
said "[ FAIL ] instance.key" "[ FAIL ] instance.ek"
exit 0
