#!/bin/sh
# A container bound to a key that the processor derives: by default where there
# is one, and it opens with no other key, nor without the device.
#
# lanes: plain
tid=fstool-tee
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/fstool.sh"

# tee STATUS TEXT VERB ARG ...: with the device
tee()
{
	tee_status=$1 tee_text=$2 tee_verb=$3
	shift 3
	want "$tee_status" "$tee_text" "$tee_verb" \
	    --tee-device "unix:$TEE_SOCKET" "$@"
}

make_one()
{
	tee 0 "" create --size 32M --no-integrity --no-filesystem \
	    --password "file:$PW" "$@"
}

tee_opens()
{
	tee 1 "the volume cannot be opened" open --mount "$WORK/mnt" "$@"
}

# Another image, another policy: what the firmware mixes in.
image()
{
	head -c 48 /dev/zero | tr '\0' "$1" >"$HIERARCHY/measurement"
}

box_up ioctl

trace "by default it is bound to both"
image m
make_one
grep -q "whoever runs a virtual TPM" "$WORK/out" && fail "said of the TPM alone"
grep -q "root file system is not measured" "$WORK/out" || fail "root is not"
cryptsetup luksDump "$BOX/header" | grep -q systemd-tpm2 &&
    fail "a token that systemd would open"
tee 0 "bind tpm+tee," status
tee 0 "tee: *unix:" status
tee 0 "unseals_at_next_boot: *if the processor derives the same key" status

trace "it opens once in a boot, and in the next one again"
tee_opens
tee 1 "not unsealed: PCR 15 is not zero" open
box_reboot
tee_opens

trace "another image: refused, and a password opens it"
box_reboot
image x
tee 3 "the processor derives another key" open
tee_opens --password "file:$PW"

trace "another policy: refused"
box_reboot
image m
echo 720896 >"$HIERARCHY/policy"
tee 3 "the processor derives another key" open
rm "$HIERARCHY/policy"
box_reboot
tee_opens

trace "a record of somebody else is refused also when a password is given"
box_reboot
cp "$BOX/header.mac" "$WORK/mac"
printf '\1' | dd of="$BOX/header.mac" bs=1 conv=notrunc status=none \
    seek=$(($(stat -c %s "$BOX/header.mac") - 1))
cmp -s "$WORK/mac" "$BOX/header.mac" && fail "nothing is changed"
tee 3 "the MAC is wrong" open --password "file:$PW"
cp "$WORK/mac" "$BOX/header.mac"

trace "without the device: refused, said, and nothing is bound to less"
box_reboot
want 1 "no derived key: .*--password" open --tee-device /nonexistent
want 0 "tee: *none" status --tee-device /nonexistent
want 0 "unseals_at_next_boot: *no" status --tee-device /nonexistent
want 1 "/nonexistent" reseal --tee-device /nonexistent --password "file:$PW"
want 1 "/nonexistent" adopt --tee-device /nonexistent --password "file:$PW"
tee 0 "bind tpm+tee," status
mkdir -m 700 "$WORK/none"
(
	BOX=$WORK/none
	want 1 "/nonexistent" create --size 32M --no-integrity \
	    --no-filesystem --bind tpm+tee --tee-device /nonexistent \
	    --password "file:$PW"
) || exit 1
[ -z "$(ls "$WORK/none")" ] || fail "left over: $(ls "$WORK/none")"

trace "sealed anew to the other image, which nothing but that key tells apart"
box_reboot
image x
tee 3 "another key" open
tee 0 "" reseal --password "file:$PW"
tee 0 "bind tpm+tee," check
[ "$(grep -c bind "$WORK/out")" = 1 ] || fail "the old token stays"
box_reboot
tee_opens

trace "and so by adopt"
box_reboot
image m
tee 0 "" adopt --password "file:$PW"
box_reboot
tee_opens

trace "for a machine without such a processor"
box_reboot
want 0 "" adopt --tee-device /nonexistent --bind tpm --password "file:$PW"
want 0 "bind tpm," status --tee-device /nonexistent
box_reboot
opens --tee-device /nonexistent

trace "bound to the processor alone: no TPM, no cap"
rm "$BOX"/*
make_one --bind tee
tee 0 "bind tee," status
tee_opens
tee_opens
image x
tee 3 "another key" open
tee 0 "" adopt --password "file:$PW"
tee_opens
image m
tee 3 "another key" open
tee 0 "" reseal --password "file:$PW"
tee_opens
want 1 "no derived key" open --tee-device /nonexistent

trace "without the device by default the TPM alone, which is said"
rm "$BOX"/*
want 0 "whoever runs a virtual TPM can unseal" create --size 32M \
    --no-integrity --no-filesystem --tee-device /nonexistent \
    --password "file:$PW"
want 0 "bind tpm," status --tee-device /nonexistent
exit 0
