#!/bin/sh
# Exit codes and options of the client: usage, unreachable agents, roots,
# legacy snapshots, --without, applications, --json.
tid=verify-options
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"

command -v python3 >/dev/null || skip "no python3"
command -v openssl >/dev/null || skip "no openssl program"
mkdir "$WORK/tree"
printf 'known\n' >"$WORK/tree/known"
sim_up "$WORK/sim" --roots "$WORK/tree"
root="--trust-root $TRUST_ROOT"
client 0 snapshot -o "$WORK/good" $root

# usage EXIT WORD ARG...: exact arguments, no URL of ours
usage()
{
	usage_word=$1
	shift
	timeout 60 "$BIN/cosmian_vm" "$@" >"$WORK/out" 2>&1 </dev/null
	usage_rc=$?
	[ $usage_rc -eq 2 ] || fail "exit status $usage_rc, not 2: $*"
	said "$usage_word"
}

trace "wrong usage is 2"
usage usage
usage usage --nosuch
usage "no such command" --url "$URL" frobnicate
usage "--url" verify -s "$WORK/good"
usage "-s FILE" --url "$URL" verify
usage "-o is for" --url "$URL" verify -s "$WORK/good" -o x
usage "verify only" --url "$URL" snapshot -s "$WORK/good"
usage "verify only" --url "$URL" snapshot --accept-legacy
usage usage --url "$URL" snapshot extra
usage "-a" --url "$URL" verify -s "$WORK/good" -a host:99999
usage "there are" --url "$URL" verify -s "$WORK/good" --without nosuch
usage "provider-vtpm" --url "$URL" verify -s "$WORK/good" --accept-root nosuch
usage https --url "ftp://127.0.0.1/" verify -s "$WORK/good"
for ok in --help --version; do
	"$BIN/cosmian_vm" $ok >"$WORK/out" 2>&1 || fail "$ok"
	[ -s "$WORK/out" ] || fail "$ok says nothing"
done

trace "what could not be done is 1"
client 1 verify -s "$WORK/none"
echo '{"nonsense":' >"$WORK/bad"
client 1 verify -s "$WORK/bad"
said "not a snapshot"
client 1 verify -s "$WORK/good" -w "$WORK/none"
client 1 verify -s "$WORK/good" --trust-root "$WORK/none"
free=$("$TEST/sim/netprobe" free)
TO=https://127.0.0.1:$free
client 1 verify -s "$WORK/good" $root
client 1 --json verify -s "$WORK/good" $root
said '"verdict":"error"'
TO=https://nosuch.invalid:1
client 1 verify -s "$WORK/good" $root
TO=
timeout 60 "$BIN/cosmian_vm" --url "$URL" verify -s "$WORK/good" $root \
    >"$WORK/out" 2>&1 </dev/null
[ $? -eq 1 ] || fail "a self-signed certificate without --allow-insecure-tls"

trace "a verdict that nobody can read is none"
if [ -c /dev/full ]; then
	timeout 60 "$BIN/cosmian_vm" --url "$URL" --allow-insecure-tls verify \
	    -s "$WORK/good" $root >/dev/full 2>"$WORK/out" </dev/null
	[ $? -eq 1 ] || fail "a full disk is no failure"
fi
timeout 60 "$BIN/cosmian_vm" --url "$URL" --allow-insecure-tls verify \
    -s "$WORK/good" $root >&- 2>&- <&- || fail "without descriptors"

trace "one of TEE and TPM may be left out, in both forms, but not both"
for form in "" --compat; do
	client 0 $form --without tee --accept-root provider-vtpm snapshot \
	    -o "$WORK/one" $root
	client 0 $form --without tpm snapshot -o "$WORK/one" $root
	client 0 $form verify -s "$WORK/one" $root
	rm "$WORK/one"
done
client 3 --compat --without tee,tpm snapshot -o "$WORK/one" $root
said "[ FAIL ] evidence"
[ ! -e "$WORK/one" ] || fail "saved what nothing vouches for"

trace "long options may be shortened, and stand on either side"
timeout 60 "$BIN/cosmian_vm" --ur "$URL" --allow verify --snap "$WORK/good" \
    --trust "$TRUST_ROOT" >/dev/null || fail "shortened"

trace "no --trust-root: a simulated machine is refused as such"
client 3 verify -s "$WORK/good"
said simulated
client 3 snapshot -o "$WORK/other"
said simulated
[ ! -e "$WORK/other" ] || fail "saved"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=localhost -keyout "$WORK/a.key" -out "$WORK/a.pem" 2>/dev/null ||
    fail "openssl req"
client 3 verify -s "$WORK/good" --trust-root "$WORK/a.pem"
said "[ FAIL ] snp"

trace "a snapshot of the existing client"
python3 -c 'import json, sys
s = json.load(open(sys.argv[1])); del s["cvm"]
json.dump(s, open(sys.argv[2], "w"), separators=(",", ":"))' \
    "$WORK/good" "$WORK/legacy" || fail python3
client 3 verify -s "$WORK/legacy" $root
said "--accept-legacy" "no TPM key" "no configuration"
client 0 verify -s "$WORK/legacy" $root --accept-legacy
said "[ WARN ] snapshot"

trace "--without is written down, and named when it is used"
client 3 snapshot -o "$WORK/less" $root --without tee,config
said "[ FAIL ] tpm.root"
client 0 snapshot -o "$WORK/less" $root --without tee,config \
    --accept-root provider-vtpm
grep -q '"without":\["tee","config"\]' "$WORK/less" || fail "not recorded"
client 0 verify -s "$WORK/less" $root
said "tee"
unsaid "snp.signature"
client 0 verify -s "$WORK/good" $root --without instance

trace "-a: the application must show the agent's certificate"
verify 0 -a "127.0.0.1:$PORT"
said "[  OK  ] application"
other_server "$WORK/a.pem" "$WORK/a.key" 200
verify 3 -a "127.0.0.1:$PORT" -a "127.0.0.1:$OTHER"
said "[ FAIL ] application" "127.0.0.1:$OTHER"
verify 1 -a "127.0.0.1:$free"
client 3 --json verify -s "$WORK/good" $root -a "127.0.0.1:$OTHER"
said '"verdict":"refused"' '"name":"application","result":"FAIL"'
[ ! -s "$WORK/asked" ] || fail "a request was sent to the application"
exit 0
