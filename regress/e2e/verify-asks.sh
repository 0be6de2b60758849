#!/bin/sh
# What verify is told by its options of policy, roots and collateral: refusals
# before the first byte, what is said of them, and which server is asked.
tid=verify-asks
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"
. "$TOP/regress/e2e/tools/proxy.sh"

command -v python3 >/dev/null || skip "no python3"
command -v openssl >/dev/null || skip "no openssl program"
mkdir "$WORK/tree"
printf 'known\n' >"$WORK/tree/known"
sim_up "$WORK/sim" --roots "$WORK/tree"
root="--trust-root $TRUST_ROOT"
files="--collateral $COLLATERAL"

proxy_start

trace "help for each command"
for words in "" snapshot verify evidence "evidence fetch" "evidence verify" \
    "evidence show"; do
	"$BIN/cosmian_vm" $words --help >"$WORK/out" 2>"$WORK/err" </dev/null ||
	    fail "$words --help"
	said "usage: cosmian_vm"
	[ ! -s "$WORK/err" ] || fail "$words --help complains"
done

trace "what makes no sense together is 2"
# usage WORD ARG...
usage()
{
	usage_word=$1
	shift
	client 2 "$@"
	said "$usage_word"
}
usage "no server is asked" $files --kds-url https://localhost verify -s x
usage "no server is asked" $files --pccs https://localhost snapshot
usage "--same-boot are for verify only" snapshot --same-boot
usage "not an https URL" --kds-url http://localhost verify -s x
usage "not an https URL" --pccs localhost verify -s x
usage "--policy is given twice" --policy strict --policy default snapshot
usage "more than 4 trust roots" $root $root $root $root $root snapshot
usage "not seconds" --timeout 0 snapshot
usage "not seconds" --timeout 1x snapshot
for option in "--policy strict" "--no-revocation" "$files"; do
	usage "verifies nothing" $option evidence fetch -o "$WORK/x"
done
usage "--same-boot are for verify only" --same-boot evidence fetch -o "$WORK/x"

trace "what a snapshot rests on is said in the end"
client 0 snapshot -o "$WORK/good" $root $files
said "Roots: TEE simulated:" "TPM simulated" "Policy: default."
client 0 --json verify -s "$WORK/good" $root $files
said '"policy":"default"' '"tee_root":"simulated:' '"tpm_root":"simulated"' \
    '"boot":"the boot of the snapshot"' \
    '"volume":"no sealed volume was opened in this boot, as in the snapshot"'
client 0 snapshot -o "$WORK/good" $root $files --policy default
grep -q '"policy":"default"' "$WORK/good" || fail "the policy is not kept"

trace "a policy that is named, in a file, or none"
client 3 verify -s "$WORK/good" $files --policy strict
said "Policy: strict."
printf '{"base":"default","snp":{"measurements":["%s"]}}\n' \
    "$(printf '%096d' 7)" >"$WORK/policy"
client 3 verify -s "$WORK/good" $root $files --policy "$WORK/policy"
said "Policy: $WORK/policy." "[ FAIL ] snp.measurement"
printf '{"nosuch":1}\n' >"$WORK/policy"
client 1 verify -s "$WORK/good" $root $files --policy "$WORK/policy"
said "$WORK/policy" nosuch
client 1 verify -s "$WORK/good" $root $files --policy "$WORK/none"

trace "a whitelist that is none is no whitelist"
printf '# mine\n/a/b %064d\n/c/d\n' 1 >"$WORK/white"
client 1 verify -s "$WORK/good" $root $files -w "$WORK/white"
said "$WORK/white: line 3"
printf '# mine\n/a/b %064d\n' 1 >"$WORK/white"
client 0 verify -s "$WORK/good" $root $files -w "$WORK/white"

trace "several roots"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=other -keyout "$WORK/a.key" -out "$WORK/a.pem" 2>/dev/null ||
    fail "openssl req"
client 0 verify -s "$WORK/good" --trust-root "$WORK/a.pem" $root $files
client 3 verify -s "$WORK/good" --trust-root "$WORK/a.pem" $files
client 1 verify -s "$WORK/good" $root --trust-root "$WORK/none" $files
printf junk >"$WORK/junk"
client 3 verify -s "$WORK/good" $root --trust-root "$WORK/junk" $files

trace "directories of collateral"
client 1 verify -s "$WORK/good" $root --collateral "$WORK/none"
mkdir "$WORK/odd"
mkfifo "$WORK/odd/amd_crl.der"
client 1 verify -s "$WORK/good" $root --collateral "$WORK/odd"
said "not a regular file"
rm "$WORK/odd/amd_crl.der"
n=0
while [ $n -lt 33 ]; do
	: >"$WORK/odd/$n"
	n=$((n + 1))
done
client 1 verify -s "$WORK/good" $root --collateral "$WORK/odd"
said "more than 32 files"

# instead STATUS NAME...: the agent as if it answered these so
instead()
{
	instead_status=$1
	shift
	rm -rf "$WORK/instead"
	mkdir "$WORK/instead"
	for instead_name; do
		printf 'no such thing' >"$WORK/instead/$instead_name"
		printf 'HTTP/1.1 %s No\r\nContent-Type: text/plain\r\n' \
		    "$instead_status" >"$WORK/instead/$instead_name.head"
	done
	mitm replay "$WORK/instead"
	TO=$MITM
}

trace "an older agent: what it does not know is judged, not an error"
instead 404 GET_tpm_certs GET_eventlog POST_activate
client 3 verify -s "$WORK/good" $root $files
said "[ FAIL ] binding.connection" "[ SKIP ] tpm.eventlog" \
    "[ FAIL ] tpm.activation: the TPM could not be challenged"
instead 404 POST_activate
client 3 verify -s "$WORK/good" $root $files
said "[ FAIL ] tpm.activation: the TPM did not answer"

trace "a TPM that refuses its challenge; an agent that fails"
instead 400 POST_activate
client 3 verify -s "$WORK/good" $root $files
said "[ SKIP ] tpm.challenge: refused by the machine: no such thing" \
    "[ FAIL ] tpm.activation"
for name in GET_tpm_certs GET_eventlog POST_activate; do
	instead 500 $name
	client 1 verify -s "$WORK/good" $root $files
	said "the agent answered 500"
done
mitm_end
TO=

trace "no server was asked, also not for a machine whose root is not known"
client 3 verify -s "$WORK/good"
client 3 --compat snapshot -o "$WORK/compat"
client 0 verify -s "$WORK/good" $root --no-revocation
[ ! -s "$WORK/asked" ] || fail "asked: $(cat "$WORK/asked")"

trace "a server that does not answer ends no run, and is asked once"
client 0 verify -s "$WORK/good" $root --kds-url https://kds.invalid \
    --no-revocation
said "[ WARN ] collateral: amd_crl.der: https://kds.invalid"
grep -q "^CONNECT kds.invalid:443 " "$WORK/asked" || fail "not asked"
[ "$(wc -l <"$WORK/asked")" -eq 1 ] || fail "asked again and again"
exit 0
