#!/bin/sh
# lanes: plain
# cosmian_fstool, whose parse was taken over by a header, record or boot log:
# it cannot have another container opened, another boot or fewer PCRs sealed
# to, or a keyslot removed; and none of its bytes acts on the terminal.
tid=evil-fstool-parse
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/fstool.sh"
. "$TOP/regress/e2e/tools/evil_fs.sh"

NEW="--size 32M --no-integrity --no-filesystem --bind tpm"

evil_up ioctl
box_create
evil_save

trace "what is no answer of parse ends the run"
for a in header record; do
	upper=$(echo $a | tr a-z A-Z)
	evil $a-cut 1 "${upper}_REQ: the answer is malformed" check
	evil $a-long 1 "${upper}_REQ: the answer is malformed" check
	evil $a-fd 1 "broke the protocol.*wrong number of descriptors" check
	evil $a-type 1 "broke the protocol.*not asked for" check
	evil $a-crash 1 "parse was killed by signal" check
	evil $a-open 1 "EVIL: it may not open a file" check
	evil $a-text 3 "EVIL" check
	evil $a-log 1 "EVIL" check
	evil $a-log 1 "EVIL" check --verbose
done
evil header-text 3 "EVIL" check --json
evil header-twice 1 "broke the protocol.*not asked for" check
for a in path size key offset slots tokens; do
	evil header-$a 1 "HEADER_REQ: the answer is malformed" check
done
evil token-far-slot 1 "TOKEN_REQ: the answer is malformed" check
evil header-uuid 3 "belongs to another container" check
evil record-uuid 3 "belongs to another container" check
evil record-digest 3 "not the header that was written last" check
evil record-far-epoch 3 "is not the latest" check
evil record-counter 3 "has no counter 0x1835301 of this container" check
evil_keeps

trace "it opens nothing but this header, in this state, by this token"
for a in epoch mac wrap no-counter; do
	box_reboot
	evil record-$a 3 "the MAC is wrong" open
	want 1 "not unsealed" open
done
box_reboot
evil token-pcrs 1 "not unsealed: a PCR has another value" open
box_reboot
evil token-slot 1 "no keyslot opens" open
box_reboot
evil token-number 1 "token 7 was not taken in" open
box_reboot
evil header-no-token 1 "the header has no token" open
evil_keeps

trace "it removes no keyslot but a token's, and no token but that one"
evil token-slot 1 "token 0 is not of keyslot 0" reseal --pcrs 4,9 \
    --password "file:$PW"
cryptsetup open --test-passphrase --key-file "$PW" "$BOX/header" ||
    fail "the password is gone"
want 0 "" check
evil_keeps

trace "nor does it choose what is sealed to"
rm "$BOX"/*
# boot ACT TEXT: create and reseal are of one mind about it
boot()
{
	# shellcheck disable=SC2086
	evil "$1" 1 "$2" create $NEW --password "file:$PW"
	[ -z "$(ls "$BOX")" ] || fail "left over: $(ls "$BOX")"
}
boot boot-values "PCR 4 is not what the boot log was read to say"
boot boot-secure "PCR 7 is not what the boot log was read to say"
boot boot-stub "PCR 11 is not what the boot log was read to say"
boot boot-nothing "nothing is measured into PCRs"
boot boot-fewer "PCR 4 tells something that is not in the boot log"
boot boot-seven "PCR 7 alone is the same"
boot boot-bank "read in another bank"
boot boot-cut "BOOT_REQ: the answer is malformed"
boot boot-fd "wrong number of descriptors"
boot boot-text "EVIL"
boot boot-log "EVIL"
boot boot-open "EVIL: it may not open a file"
cp -p "$WORK/good"/* "$BOX"
want 0 "" check
for a in values secure; do
	evil boot-$a 1 "is not what the boot log" reseal --pcrs 4,7 \
	    --password "file:$PW"
done
evil_keeps

trace "nor that it is bound to less"
rm "$BOX"/*
# shellcheck disable=SC2086
want 0 "" create $NEW+tee --tee-device "unix:$TEE_SOCKET" \
    --password "file:$PW"
evil_save
for a in reseal adopt; do
	evil token-bind 1 "bound to more than was read" $a --pcrs 4,9 \
	    --tee-device "$WORK/none" --password "file:$PW"
	want 0 "bind tpm+tee," check
	evil_keeps
done
exit 0
