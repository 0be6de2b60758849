#!/bin/sh
# The main job: a snapshot, a machine that is what it was, a program that was
# not there, and every lie of the demo, each refused for its own reason.
tid=verify-story
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"

mkdir "$WORK/tree" "$WORK/opt"
cp /usr/bin/true "$WORK/tree/true"
printf '#!/bin/sh\necho mining\n' >"$WORK/opt/my miner"
printf 'known\n' >"$WORK/tree/known"
sim_up "$WORK/sim" --roots "$WORK/tree"
export IMA_DIR TPM_SOCKET

trace "snapshot and verify"
client 0 snapshot -o "$WORK/good" --trust-root "$TRUST_ROOT"
said "Verified: $URL" "saved as $WORK/good" "[ WARN ] snp.root: simulated"
verify 0
said "[  OK  ] ima.files" "[  OK  ] snp.report-data" "[  OK  ] tpm.nonce"
unsaid FAIL
client 0 --json verify -s "$WORK/good" --trust-root "$TRUST_ROOT"
said '"verdict":"verified"' '"form":"strong"'

trace "a program of the snapshot is run"
"$TEST/sim/measure" "$WORK/tree/known" || fail measure
verify 0

trace "a program that is not in it"
"$TEST/sim/measure" "$WORK/opt/my miner" || fail measure
digest=$(sha256sum "$WORK/opt/my miner" | cut -d' ' -f1)
verify 3
said "$WORK/opt/my_miner" "$digest" "Refused: $URL" "1 unknown"
client 3 --json verify -s "$WORK/good" --trust-root "$TRUST_ROOT"
said '"verdict":"refused"' "$WORK/opt/my_miner" '"unknown_files":1'

trace "whitelist: path and digest, not one of them"
echo "$WORK/opt/my_miner $(echo x | sha256sum | cut -d' ' -f1)" >"$WORK/white"
verify 3 -w "$WORK/white"
echo "/elsewhere $digest" >"$WORK/white"
verify 3 -w "$WORK/white"
echo "$WORK/opt/my_miner $digest" >"$WORK/white"
verify 0 -w "$WORK/white"
said "1 in the whitelist"

trace "a known path with other contents"
cp "$WORK/opt/my miner" "$WORK/opt/known"
"$TEST/sim/measure" --name "$WORK/tree/known" "$WORK/opt/known" || fail measure
verify 3 -w "$WORK/white"
said "$WORK/tree/known" "$digest"
echo "$WORK/tree/known $digest" >>"$WORK/white"
verify 0 -w "$WORK/white"

trace "a man in the middle with the agent's own key"
mkdir "$WORK/rec"
mitm record "$WORK/rec"
TO=$MITM
verify 3 -w "$WORK/white"
said "connection"
mitm pass
TO=$MITM
verify 3 -w "$WORK/white"
client 3 snapshot -o "$WORK/other" --trust-root "$TRUST_ROOT"
[ ! -e "$WORK/other" ] || fail "a refused snapshot is saved"

trace "a recorded quote"
[ -s "$WORK/rec/POST_attest" ] || fail "nothing recorded"
find "$WORK/rec" -type f ! -name 'POST_attest*' -exec rm -f {} +
mitm replay "$WORK/rec"
TO=$MITM
verify 3 -w "$WORK/white"
said "FAIL" "nonce"
mitm drop-ima 2
TO=$MITM
verify 3 -w "$WORK/white"
mitm_end
TO=

trace "a kernel that takes an entry out of its list"
cp "$IMA_DIR"/*_runtime_measurements "$WORK/"
"$TEST/sim/measure" --remove 2 || fail "--remove"
verify 3 -w "$WORK/white"
said "[ FAIL ] ima.replay"
cp "$WORK"/*_runtime_measurements "$IMA_DIR/"
verify 0 -w "$WORK/white"

trace "an entry that never was extended"
"$TEST/sim/measure" --no-extend "$WORK/tree/true" || fail "--no-extend"
verify 0 -w "$WORK/white"
said "not yet attested"
"$TEST/sim/measure" "$WORK/tree/known" || fail measure
verify 3 -w "$WORK/white"
cp "$WORK"/*_runtime_measurements "$IMA_DIR/"
verify 3 -w "$WORK/white"

trace "a report for another certificate, and garbage"
"$SIM/machine" "$DIR" reboot || fail reboot
verify 0
said "tpm.reset-count"
head -c 64 /dev/urandom >"$HIERARCHY/frozen-report-data"
verify 3
said "[ FAIL ] snp.report-data"
rm "$HIERARCHY/frozen-report-data"
verify 0
head -c 48 /dev/urandom >"$WORK/measurement"
cp "$HIERARCHY/measurement" "$WORK/measurement.old"
cp "$WORK/measurement" "$HIERARCHY/measurement"
verify 3
said "[ FAIL ] policy.measurement"
cp "$WORK/measurement.old" "$HIERARCHY/measurement"

trace "another TPM"
"$SIM/machine" "$DIR" swap-tpm || fail swap-tpm
verify 3
said "[ FAIL ] instance.key"
"$SIM/machine" "$DIR" swap-tpm || fail swap-tpm
verify 0
exit 0
