#!/bin/sh
# The IMA policy of etc/ima beside the kernel's own: what it measures, and that
# a machine with it is verified, also after a reboot.
#
# only: regress-vm
# usage: ima.sh		(make regress-vm)
. "$(dirname "$0")/common.sh"

list=/sys/kernel/security/ima/ascii_runtime_measurements

# measured COMMAND WORDS: after the command there are more lines of these words
measured() {
	vm in "n=\$(grep -c '$2' $list)
	$1
	[ \"\$(grep -c '$2' $list)\" -gt \"\$n\" ]"
}

work_make
step "a machine with our policy" </dev/null
vm make || fail "no machine"
vm put "$top/etc/ima/ima-policy" /etc/ima/ima-policy
vm start boot || fail "it does not start"
. "$M/env"
vm in 'journalctl -b --no-pager' >"$work/out"
said "Successfully loaded the IMA custom policy"
vm in "cat $list" >"$work/out"
said "/etc/ima/ima-policy"

step "what is measured, and what is not" </dev/null
measured 'cp /usr/bin/true /run/t1; echo 1 >>/run/t1; chmod 755 /run/t1; /run/t1' /run/t1 ||
    fail "a program on tmpfs is not measured"
measured 'echo 1 >/root/t2; cat /root/t2 >/dev/null' /root/t2 ||
    fail "what root reads is not measured"
measured 'echo 1 >/run/t3; cat /run/t3 >/dev/null' /run/t3 &&
    fail "state on tmpfs is measured"
measured 'modprobe dummy' '/dummy.ko' ||
    fail "a module is not measured"
measured 'dmsetup create t4 --table "0 8 zero"; dmsetup remove t4' dm_table_load ||
    fail "a table of the device mapper is not measured"
vm in "grep -E '/(proc|sys)/' $list" >"$work/out" && fail "pseudo files"
vm in 'rm -f /run/t? /root/t2'

step "a snapshot, verified" </dev/null
agent_wait
expect 0 snapshot --without tee --accept-root provider-vtpm \
    -o "$work/snapshot.json"
said "replay to the quoted PCR 10"
expect 0 verify -s "$work/snapshot.json"

step "and after a reboot" </dev/null
vm reboot || fail "it does not come up again"
agent_wait
expect 0 verify -s "$work/snapshot.json"
said "into the same measured state"

step "done" </dev/null
exit 0
