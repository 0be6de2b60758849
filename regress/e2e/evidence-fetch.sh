#!/bin/sh
# evidence fetch: a directory that verifies by the commands that it prints,
# with values that are not in it; hostile outputs; AMD's service played here.
tid=evidence-fetch
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"
. "$TOP/regress/e2e/tools/proxy.sh"
. "$TOP/regress/e2e/tools/vendor.sh"

command -v python3 >/dev/null || skip "no python3"
command -v openssl >/dev/null || skip "no openssl program"
mkdir "$WORK/tree"
printf 'known\n' >"$WORK/tree/known"
sim_up "$WORK/sim" --roots "$WORK/tree"
dir="$WORK/it's saved"

# commands EXIT [ARG...]: every command line that the last fetch printed
commands()
{
	commands_want=$1
	shift
	commands_n=0
	grep "^cosmian_vm evidence verify" "$WORK/fetched" >"$WORK/lines"
	while IFS= read -r commands_line; do
		commands_n=$((commands_n + 1))
		eval "set -- $commands_line ${*:+$(printf "'%s' " "$@")}"
		shift
		timeout 60 "$BIN/cosmian_vm" "$@" >"$WORK/out" 2>&1 </dev/null
		commands_rc=$?
		[ $commands_rc -eq "$commands_want" ] || {
			cat "$WORK/out"
			fail "exit $commands_rc, not $commands_want: $*"
		}
		set --
		set -- $roots
	done <"$WORK/lines"
	[ $commands_n -ge 3 ] || fail "only $commands_n commands"
}

trace "fetch, and what it prints verifies"
client 0 evidence fetch -o "$dir"
cp "$WORK/out" "$WORK/fetched"
said "Nothing was verified"
for f in attest.json ima.bin pcrs.json tpm-attest.bin kinds.json sev-quote.bin \
    tpm-certs.json tpm-ek.der; do
	[ -s "$dir/$f" ] || fail "no $f"
done
python3 - "$dir" <<'EOF' || fail "kinds.json"
import json, os, sys
with open(os.path.join(sys.argv[1], 'kinds.json')) as f:
    kinds = json.load(f)
assert kinds['version'] == 1
with open(os.path.join(sys.argv[1], 'pcrs.json')) as f:
    pcrs = json.load(f)['sha256']
assert sorted(pcrs, key=int) == [str(i) for i in [*range(12), 15]], list(pcrs)
for e in kinds['evidence']:
    for name in e['files'].values():
        assert os.path.exists(os.path.join(sys.argv[1], name)), name
assert 'sev-quote-blob' in [e['kind'] for e in kinds['evidence']]
EOF
roots="--trust-root $TRUST_ROOT --trust-root $TPM_CA"
commands 0 $roots
grep -q "kind ek-cert" "$WORK/fetched" || fail "no certificate of the TPM"
for f in "$dir".*; do
	[ ! -e "$f" ] || fail "a temporary directory is left: $f"
done

trace "another run's values are refused"
sed 's/--report-data ..../--report-data 0000/
s/--nonce ......../--nonce 43560000/
s/--pcr sha256:10=..../--pcr sha256:10=0000/' "$WORK/fetched" >"$WORK/other"
# certificates and boot are the same in every run
grep -v "kind ek-cert\|kind boot-aggregate" "$WORK/other" >"$WORK/fetched"
commands 3 $roots

trace "an output that is there stays as it is"
client 1 evidence fetch -o "$dir"
said "not empty"
printf 'mine\n' >"$WORK/file"
client 1 evidence fetch -o "$WORK/file"
[ "$(cat "$WORK/file")" = mine ] || fail "a file was replaced"
client 1 evidence fetch -o "$WORK/none/x"
mkdir "$WORK/empty"
client 0 --json evidence fetch -o "$WORK/empty/"
said '"verdict":"fetched"' '"directory"'
[ -s "$WORK/empty/kinds.json" ] || fail "an empty directory is not used"
client 2 evidence fetch
client 2 --compat evidence fetch -o "$WORK/x"
client 2 --trust-root "$TRUST_ROOT" evidence fetch -o "$WORK/x"
client 2 --policy strict evidence fetch -o "$WORK/x"
[ ! -e "$WORK/x" ] || fail "wrong usage leaves something"

trace "without one of both"
client 0 --without tee evidence fetch -o "$WORK/tpm"
[ ! -e "$WORK/tpm/sev-quote.bin" ] || fail "a report all the same"
client 0 --without tpm evidence fetch -o "$WORK/tee"
[ -e "$WORK/tee/sev-quote.bin" ] || fail "no report"

trace "AMD's service: busy, redirecting, too long, strange"
vendor_site "$WORK/amd"
vendor_start "$WORK/amd"
client 1 evidence fetch -o "$WORK/pki" --kds-url "$VENDOR"
CURL_CA_BUNDLE=$WORK/vendor.pem
export CURL_CA_BUNDLE
client 0 evidence fetch -o "$WORK/kds" --kds-url "$VENDOR/busy"
said "/collateral"
for f in amd_chain.pem amd_crl.der; do
	cmp "$COLLATERAL/$f" "$WORK/kds/collateral/$f" || fail "another $f"
done
grep -q "^chain busy GET /busy/vcek/v1/[A-Z][a-z]*/cert_chain" \
    "$WORK/amd/log" || fail "another path: $(cat "$WORK/amd/log")"
for how in redirect long error broken cut closed headers; do
	client 1 evidence fetch -o "$WORK/bad" --kds-url "$VENDOR/$how"
	[ ! -e "$WORK/bad" ] || fail "$how: something is left"
done
client 2 evidence fetch -o "$WORK/bad" --kds-url "http://localhost/"
client 1 evidence fetch -o "$WORK/bad" --kds-url "https://u:p@localhost/"

trace "a machine whose host gives no certificates"
echo 1 >"$HIERARCHY/no-certs"
client 0 evidence fetch -o "$WORK/vcek" --kds-url "$VENDOR"
cmp "$HIERARCHY/vcek.der" "$WORK/vcek/collateral/vcek.der" || fail "another VCEK"
rm "$HIERARCHY/no-certs"

[ -e "$VECTORS/manifest.json" ] || exit 0
trace "an agent with TDX, and a PCCS"
mkdir "$WORK/site"
python3 - "$VECTORS" "$WORK/site" "$dir/attest.json" >"$WORK/at" <<'EOF' || \
    fail "no site"
import base64, json, os, shutil, sys
top, site, attest = sys.argv[1:]
with open(os.path.join(top, 'manifest.json')) as f:
    case = next(c for c in json.load(f)['cases'] if c['verdict'] == 'accept'
                and c['kind'] == 'tdx-quote+collateral')
names = {'tcb_info': 'tcb_info.json', 'tcb_signing': 'tcb_signing.pem',
         'qe_identity': 'qe_identity.json', 'pck_crl': 'pck_crl.der',
         'root_ca_crl': 'root_ca_crl.der', 'quote': 'quote'}
for role, name in case['files'].items():
    with open(os.path.join(top, name), 'rb') as f:
        data = f.read()
    if role == 'tcb_signing' and not data.startswith(b'-----'):
        data = (b'-----BEGIN CERTIFICATE-----\n' + base64.encodebytes(data) +
                b'-----END CERTIFICATE-----\n')
    with open(os.path.join(site, names.get(role, role)), 'wb') as f:
        f.write(data)
with open(attest) as f:
    a = json.load(f)
with open(os.path.join(site, 'quote'), 'rb') as f:
    a['tee'] = {'kind': 'tdx', 'quote':
                base64.b64encode(f.read()).decode().rstrip('=')}
with open(os.path.join(site, 'attest.json'), 'w') as f:
    json.dump(a, f)
with open(os.path.join(site, 'ima.bin'), 'wb'):
    pass
print(case['verify_at'])
EOF
vendor_start "$WORK/site"
TO=$VENDOR
client 0 evidence fetch -o "$WORK/tdx" --pccs "$VENDOR"
cp "$WORK/out" "$WORK/fetched"
said "tdx-quote+collateral" "no event log"
for f in tcb_info.json tcb_signing.pem qe_identity.json pck_crl.der \
    root_ca_crl.der; do
	[ -s "$WORK/tdx/collateral/$f" ] || fail "no $f"
done
cmp "$WORK/site/root_ca_crl.der" "$WORK/tdx/collateral/root_ca_crl.der" ||
    fail "the list is not decoded"
# it is not bound to this run, but with its own date it is good
line=$(grep "kind tdx-quote" "$WORK/fetched")
eval "set -- $line"
shift
timeout 60 "$BIN/cosmian_vm" "$@" >"$WORK/out" 2>&1 && fail "not bound: $line"
line=$(echo "$line" | sed "s/--at [^ ]*/--at $(cat "$WORK/at")/
s/--report-data [^ ]*//")
eval "set -- $line"
shift
timeout 60 "$BIN/cosmian_vm" "$@" >"$WORK/out" 2>&1 ||
    fail "refused: $(cat "$WORK/out")"
rm "$WORK/site/root_ca_crl.der"
client 0 evidence fetch -o "$WORK/tdx2" --pccs "$VENDOR"
said "no list of revoked CAs"
rm "$WORK/site/tcb_info.json"
client 1 evidence fetch -o "$WORK/tdx3" --pccs "$VENDOR"
[ ! -e "$WORK/tdx3" ] || fail "something is left"

trace "a machine of Intel's: without --pccs Intel is asked"
proxy_start
client 0 evidence fetch -o "$WORK/tdx4"
[ ! -s "$WORK/asked" ] || fail "for a simulated machine: $(cat "$WORK/asked")"
rm -r "$WORK/tdx4"
sed 's/"flags": *[0-9]*/"flags":0/' "$WORK/site/attest.json" >"$WORK/real"
mv "$WORK/real" "$WORK/site/attest.json"
client 0 evidence fetch -o "$WORK/tdx4"
said "[ WARN ] collateral: pck_crl.der: https://api.trustedservices.intel.com"
grep -q "^CONNECT api.trustedservices.intel.com:443 " "$WORK/asked" ||
    fail "not asked"
[ "$(wc -l <"$WORK/asked")" -eq 1 ] || fail "asked: $(cat "$WORK/asked")"
[ ! -e "$WORK/tdx4/collateral" ] || fail "an empty directory"
