#!/bin/sh
# lanes: plain
# cosmian_fstool, whose tpm was taken over by what a TPM answered: whatever it
# makes up opens nothing, and none of its bytes acts on the terminal.
tid=evil-fstool-tpm
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/fstool.sh"
. "$TOP/regress/e2e/tools/evil_fs.sh"

NEW="--size 32M --no-integrity --no-filesystem --bind tpm"

evil_up
box_create
evil_save

trace "what is no answer of tpm ends the run"
for a in cut long text; do
	evil counter-$a 1 "NV_READ_REQ: the answer is malformed" check
done
evil counter-fd 1 "broke the protocol.*wrong number of descriptors" check
evil counter-type 1 "broke the protocol.*not asked for" check
evil counter-crash 1 "tpm was killed by signal" check
evil counter-open 1 "EVIL: it may not open a file" check
evil counter-log 1 "EVIL" check
evil counter-back 3 "is not the latest" check
evil counter-gone 3 "has no counter" check

trace "what it makes up opens nothing"
for a in other made-up; do
	box_reboot
	evil unseal-$a 3 "the MAC is wrong" open
done
box_reboot
evil unseal-short 1 "what is sealed has a wrong length" open
box_reboot
evil unseal-cut 1 "UNSEAL_REQ: the answer is malformed" open
box_reboot
evil unseal-log 1 "EVIL" open
box_reboot
evil cap-text 1 "EVIL" open
evil_keeps

trace "nor does it make a container whose seal says nothing"
rm "$BOX"/*
for a in pcrs-text seal-text pcrs-cut seal-cut; do
	# shellcheck disable=SC2086
	evil $a 1 "the answer is malformed" create $NEW --password "file:$PW"
done
# shellcheck disable=SC2086
evil pcrs-other 1 "PCR 4 has a value that the boot log does not explain" \
    create $NEW --password "file:$PW"
# shellcheck disable=SC2086
evil pcrs-fewer 1 "has not all PCRs" create $NEW --password "file:$PW"
[ -z "$(ls "$BOX")" ] || fail "left over: $(ls "$BOX")"
exit 0
