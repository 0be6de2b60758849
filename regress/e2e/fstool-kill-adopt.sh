#!/bin/sh
# lanes: plain
# Adopt, cut off and made to fail at the calls that change what outlives it:
# of a header that stock tools changed, of one without record and counter, and
# of one that was good as it was.
tid=fstool-kill-adopt
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/fstool.sh"
. "$TOP/regress/e2e/tools/faults.sh"
. "$TOP/regress/e2e/tools/change.sh"

SAMPLE=4

faults_up
box_create
state_save good
printf another >"$WORK/another"
chmod 600 "$WORK/another"
cryptsetup luksAddKey --key-file "$PW" --pbkdf argon2id \
    --pbkdf-memory 65536 --pbkdf-force-iterations 4 "$BOX/header" \
    "$WORK/another" || fail "luksAddKey"
state_save changed
rm "$BOX/header.mac"
TPM2TOOLS_TCTI="swtpm:path=$SWTPM_SOCKET" tpm2_nvundefine -Q -C o 0x1835300 ||
    fail "nvundefine"
state_save alone

trace "one that was good, in a boot for which it is not sealed"
echo /boot/vmlinuz-new >"$WORK/sim/kernel"
NOT_SEALED=1
change_each good adopt --password "file:$PW"
rm "$WORK/sim/kernel"
NOT_SEALED=
OLD_UNKNOWN=1
trace "one that stock tools changed"
PASS=$WORK/another
change_each changed adopt --password "file:$PASS"
trace "one without record, for a TPM without counter"
change_each alone adopt --password "file:$PASS"
faults_end
