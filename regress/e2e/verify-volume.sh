#!/bin/sh
# PCR 15: which sealed volume was opened in this boot, and that nobody can open
# it again.  In the simulated machine it is what cosmian_fstool would extend.
tid=verify-volume
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"

mkdir "$WORK/tree"
cp /usr/bin/true "$WORK/tree/true"
sim_up "$WORK/sim" --roots "$WORK/tree"
export IMA_DIR TPM_SOCKET
root="--trust-root $TRUST_ROOT"

# A boot in which this volume is opened; none without an argument.
reboot()
{
	"$SIM/machine" "$DIR" reboot || fail reboot
	[ $# -eq 0 ] || "$TEST/sim/measure" --extend "15=$1" || fail extend
}

trace "no volume, and as in the snapshot"
client 0 snapshot -o "$WORK/good" $root
said "[  OK  ] tpm.pcr15: sealed volume opened in this boot: none"
grep -q "\"15\":\"$(printf %064d 0)\"" "$WORK/good" ||
    fail "the snapshot does not hold PCR 15"
verify 0
said "[  OK  ] tpm.pcr15: no sealed volume was opened in this boot, as in the"
reboot
verify 0
said "[  OK  ] tpm.pcr15: no sealed volume"

trace "a volume where the snapshot has none"
"$TEST/sim/measure" --extend "15=fstool, volume 1" || fail extend
verify 3
said "[ FAIL ] tpm.pcr15: another volume, or its header was changed (reseal," \
    "in the snapshot none"
unsaid "[ FAIL ] pcrs"
verify 3 --without pcrs

trace "the volume of the snapshot, in its boot and in the next"
client 0 snapshot -o "$WORK/good" $root
verify 0
said "[  OK  ] tpm.pcr15: the sealed volume is that of the snapshot"
reboot "fstool, volume 1"
verify 0
said "[  OK  ] tpm.pcr15: the sealed volume is that of the snapshot" \
    "into the same measured state"

trace "another volume, refused unless the policy says otherwise"
reboot "fstool, volume 2"
verify 3
said "[ FAIL ] tpm.pcr15: another volume, or its header was changed (reseal," \
    "Refused: $URL: tpm.pcr15: another volume"
verify 3 --policy default
echo '{"volume_changed": "warn"}' >"$WORK/policy"
verify 0 --policy "$WORK/policy"
said "[ WARN ] tpm.pcr15: another volume, or its header was changed"
verify 0 --without instance
said "[ SKIP ] tpm.pcr15: another volume than the snapshot's"

trace "the same volume, and something else after it"
reboot "fstool, volume 1"
verify 0
"$TEST/sim/measure" --extend "15=something else" || fail extend
verify 3
said "[ FAIL ] tpm.pcr15: another volume"

trace "not extended: refused, whatever else is accepted"
reboot
verify 3
said "[ FAIL ] tpm.pcr15: PCR 15 was not extended: a container could still be"
verify 3 --policy "$WORK/policy"
verify 3 --without pcrs,instance
said "[ FAIL ] tpm.pcr15: PCR 15 was not extended"

trace "an older snapshot: said, not compared"
sed 's/,"15":"[0-9a-f]*"//' "$WORK/good" >"$WORK/old"
! cmp -s "$WORK/good" "$WORK/old" || fail "no PCR 15 in the snapshot"
client 0 verify -s "$WORK/old" $root
said "[ SKIP ] tpm.pcr15: sealed volume opened in this boot: none; not compared"
reboot "fstool, volume 2"
client 0 verify -s "$WORK/old" $root
said "[ SKIP ] tpm.pcr15: sealed volume opened in this boot: " "not compared"
unsaid "none; not compared"
exit 0
