#!/bin/sh
# Policies in verify and snapshot: which one is in force, what is refused by
# it, what was accepted only by an explicit option and so is written down; and
# firmware that goes back.
tid=verify-policy
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"

mkdir "$WORK/tree"
printf 'known\n' >"$WORK/tree/known"
sim_up "$WORK/sim" --roots "$WORK/tree"
root="--trust-root $TRUST_ROOT"

trace "default, and what it says"
client 0 snapshot -o "$WORK/good" $root
verify 0
said "[  OK  ] policy: default" "[  OK  ] snp.crl" "[  OK  ] policy.tcb"
! grep -q '"policy":["{]' "$WORK/good" || fail "a policy that nobody gave"
grep -q '"tee":{"kind":"sev-snp"' "$WORK/good" || fail "no kind"

trace "strict refuses what the simulated machine is"
verify 3 --policy strict
said "policy: strict" "[ FAIL ] snp.bits" "[ FAIL ] snp.alias"

trace "a file, kept in the snapshot, and replaced by what is given"
cat >"$WORK/policy.json" <<X
{"base": "default", "snp": {"alias_check_clear": "allow",
"measurements": ["$(xxd -p -c 96 "$HIERARCHY/measurement" 2>/dev/null ||
    od -An -v -tx1 "$HIERARCHY/measurement" | tr -d ' \n')"]}}
X
client 0 snapshot -o "$WORK/own" $root --policy "$WORK/policy.json"
client 0 verify -s "$WORK/own" $root
said "policy: of the snapshot" "snp.measurement"
unsaid snp.alias
client 0 verify -s "$WORK/own" $root --policy default
said "in place of the snapshot's" "snp.alias"
sed 's/"alias_check_clear": "allow"/"alias_check_clear": "refuse"/' \
    "$WORK/policy.json" >"$WORK/less.json"
client 3 verify -s "$WORK/own" $root --policy "$WORK/less.json"
said "[ FAIL ] snp.alias"

trace "revocation that cannot be checked"
rm "$HIERARCHY/crl.der"
verify 3
said "[ FAIL ] snp.revocation" "--kds-url" "--no-revocation"
verify 0 --collateral "$COLLATERAL"
verify 0 --no-revocation
said "[ WARN ] snp.revocation"
client 3 snapshot -o "$WORK/blind" $root
[ ! -e "$WORK/blind" ] || fail "saved"
client 0 snapshot -o "$WORK/blind" $root --no-revocation
grep -q '"accepted":\["no-revocation"\]' "$WORK/blind" || fail "not recorded"
client 0 verify -s "$WORK/blind" $root
said "[ WARN ] snp.revocation"
client 3 verify -s "$WORK/blind" $root --policy default
client 2 verify -s "$WORK/good" $root --accept-root no-revocation

trace "revoked, and a list of last year"
mkdir "$WORK/bad"
cp "$COLLATERAL/amd_chain.pem" "$WORK/bad"
"$TEST/sim/forge-crl" "$HIERARCHY" "$WORK/bad/amd_crl.der" --revoke ask ||
    fail forge-crl
verify 3 --collateral "$WORK/bad" --no-revocation
said "[ FAIL ] snp.revocation"
"$TEST/sim/forge-crl" "$HIERARCHY" "$WORK/bad/amd_crl.der" \
    --from -7200 --until -3600 || fail forge-crl
verify 3 --collateral "$WORK/bad" --no-revocation
said "[ FAIL ] snp.crl"
cp "$COLLATERAL/amd_crl.der" "$HIERARCHY/crl.der"
verify 0

trace "a less trusted layer asks for the report"
sed 's/"vmpl":0/"vmpl":1/' "$WORK/good" >"$WORK/vmpl"
client 3 verify -s "$WORK/vmpl" $root
said "[ FAIL ] policy.vmpl"
sed 's/"tcb":"04000000000018db"/"tcb":"04000000000018dc"/' "$WORK/good" \
    >"$WORK/newer"
! cmp -s "$WORK/good" "$WORK/newer" || fail "no TCB in the snapshot"
client 3 verify -s "$WORK/newer" $root
said "[ FAIL ] policy.tcb"
exit 0
