#!/bin/sh
# Strong and compatible form: the weaker one is never chosen by itself, each
# binding it lacks is a WARN, and a strong snapshot is never verified with it.
tid=verify-forms
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"

command -v python3 >/dev/null || skip "no python3"
mkdir "$WORK/tree"
printf 'known\n' >"$WORK/tree/known"
sim_up "$WORK/sim" --roots "$WORK/tree"
export IMA_DIR TPM_SOCKET
root="--trust-root $TRUST_ROOT"
client 0 snapshot -o "$WORK/good" $root

trace "an agent without POST /attest: an error, and nothing weaker is asked"
for status in 404 405 501; do
	other_server "$AGENT_CERT" "$AGENT_KEY" $status
	TO=https://127.0.0.1:$OTHER
	verify 1
	said "attestation"
	grep -q '^POST /attest$' "$WORK/asked" || fail "did not ask"
	grep -v '^POST /attest$' "$WORK/asked" && fail "asked for something else"
done
TO=

trace "--compat: works, and says what it does not know"
client 0 --compat snapshot -o "$WORK/compat" $root
said "[ WARN ] binding.connection" "[ WARN ] binding.tpm" \
    "[ WARN ] binding.config" "[ WARN ] records"
client 0 --compat verify -s "$WORK/compat" $root
said "[ WARN ] binding.connection" "[ WARN ] binding.tpm" \
    "[ WARN ] binding.config" "[ WARN ] ima.boot-aggregate" "[ WARN ] pcrs"
unsaid FAIL
client 0 --json --compat verify -s "$WORK/compat" $root
said '"form":"compat"'

trace "a strong snapshot refuses --compat"
verify 3 --compat
said "strong form" "--compat"

trace "a compatible snapshot is verified in the strong form, with WARNs"
client 0 verify -s "$WORK/compat" $root
said "[ WARN ] config" "[ WARN ] pcrs" "[  OK  ] snp.report-data"
unsaid binding.connection

trace "--compat cannot see him who has the key, the strong form does"
mitm pass
TO=$MITM
client 0 --compat verify -s "$WORK/compat" $root
client 3 verify -s "$WORK/compat" $root
mitm_end
TO=

trace "evidence of the one form is none of the other"
mkdir "$WORK/rec"
mitm record "$WORK/rec"
TO=$MITM
client 0 --compat verify -s "$WORK/compat" $root
rm -f "$WORK"/rec/*ima*
mitm replay "$WORK/rec"
TO=$MITM
client 3 --compat verify -s "$WORK/compat" $root
said "nonce"
mitm_end
TO=

trace "a report for another certificate, compatible"
head -c 64 /dev/urandom >"$HIERARCHY/frozen-report-data"
client 3 --compat verify -s "$WORK/compat" $root
said "[ FAIL ] snp.report-data"
rm "$HIERARCHY/frozen-report-data"

trace "compat_quotes = false: an error for --compat, the strong form works"
echo "compat_quotes = false" >>"$CONF"
"$SIM/agent" "$DIR" restart || fail restart
client 1 --compat verify -s "$WORK/compat" $root
said "compat_quotes"
client 0 verify -s "$WORK/compat" $root

trace "the agent's configuration is part of a strong snapshot"
verify 3
said "[ FAIL ] config"
verify 0 --without config
sed -i /compat_quotes/d "$CONF"
"$SIM/agent" "$DIR" restart || fail restart
verify 0

trace "an unknown program is refused in both forms"
printf 'x' >"$WORK/evil"
"$TEST/sim/measure" "$WORK/evil" || fail measure
client 3 --compat verify -s "$WORK/compat" $root
said "$WORK/evil"
verify 3
said "$WORK/evil"

trace "a reboot: the strong form knows that the boot was the same"
"$SIM/machine" "$DIR" reboot || fail reboot
verify 0
client 3 --compat verify -s "$WORK/compat" $root
said "[ FAIL ] tpm.reset-count"
exit 0
