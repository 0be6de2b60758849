#!/bin/sh
# A TDX machine: quotes of configfs-tsm in both forms and versions, verified
# with collateral, from snapshot to refusal.
tid=tee-tdx
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"
. "$TOP/regress/e2e/tools/client.sh"

mkdir "$WORK/tree"
printf 'known\n' >"$WORK/tree/known"
agent_up --tee tdx --roots "$WORK/tree"

# evidence EXIT DIR ARG...: the command that the last fetch printed
evidence()
{
	evidence_want=$1 evidence_line=$(grep "kind tdx-quote" "$WORK/fetched")
	shift
	eval "set -- $evidence_line ${*:+$(printf "'%s' " "$@")}"
	shift
	timeout 60 "$BIN/cosmian_vm" "$@" >"$WORK/out" 2>&1 </dev/null
	evidence_rc=$?
	[ $evidence_rc -eq "$evidence_want" ] || {
		cat "$WORK/out"
		fail "exit $evidence_rc, not $evidence_want: $*"
	}
}

# fetch DIR: and keep what it printed
fetch()
{
	client 0 evidence fetch -o "$1"
	cp "$WORK/out" "$WORK/fetched"
}

# collateral [ARG...]: new one, of forge-tdx
collateral()
{
	"$TEST/sim/forge-tdx" "$HIERARCHY" "$@" || fail "forge-tdx $*"
	cp "$HIERARCHY"/collateral/* "$COLLATERAL"
}

trace "the entry has what tdx_guest has"
mkdir "$TSM_DIR/look"
[ "$(cat "$TSM_DIR/look/provider")" = tdx_guest ] || fail "provider"
[ ! -e "$TSM_DIR/look/auxblob" ] || fail "auxblob"
rmdir "$TSM_DIR/look"

trace "/quote/tee and /attest"
py "$HIERARCHY" <<'P'
import hashlib
from agent import *

folder = sys.argv[1] + "/"
with open(folder + "rtmr2", "rb") as f:
    rtmr2 = f.read()
want = hashlib.sha384(bytes(48) + hashlib.sha384(
    b"simulated boot, RTMR 2").digest()).digest()
check(rtmr2 == want, "RTMR 2 is not extended as a TD's are")
for version, body, size, at in ((4, 2, 584, 48), (5, 2, 584, 54),
                                (5, 3, 648, 54)):
    for name, value in (("version", version), ("body-type", body)):
        with open(folder + name, "w") as f:
            f.write("%d\n" % value)
    nonce = os.urandom(32)
    c = Conn()
    a = c.ask("GET", "/quote/tee" + nonce_query(nonce))
    check(a.status == 200, a.line)
    q = bytes(a.json())
    check(q[:2] == bytes([version, 0]) and q[4:8] == b"\x81\0\0\0", "head")
    if version == 5:
        check(q[48:54] == body.to_bytes(2, "little") +
              size.to_bytes(4, "little"), "body's type and size")
    td = q[at:at + size]
    check(td[520:584] == nonce + hashlib.sha256(c.cert).digest(),
          "report data is not nonce and certificate")
    check(td[424:472] == rtmr2, "RTMR 2")
    tee = attest(c, nonce).json()["tee"]
    check(tee["kind"] == "tdx", tee["kind"])
    q = base64.b64decode(tee["quote"] + "==")
    check(q[:2] == bytes([version, 0]), "version")
    check(q[at + 520:at + 584] != td[520:584], "strong is not compatible")
for name in ("version", "body-type"):
    os.unlink(folder + name)
P

for version in 4 5; do
	trace "evidence of version $version"
	echo $version >"$HIERARCHY/version"
	fetch "$WORK/fetched-$version"
	evidence 3
	evidence 0 --trust-root "$TRUST_ROOT"
	said "revocation"
	evidence 0 --trust-root "$TRUST_ROOT" --collateral "$COLLATERAL"
	said "UpToDate"
	timeout 60 "$BIN/cosmian_vm" evidence verify \
	    --kind tdx-quote+collateral --json \
	    --file quote="$WORK/fetched-$version/tdx-quote.bin" \
	    --file tcb_info="$COLLATERAL/tcb_info.json" \
	    --file tcb_signing="$COLLATERAL/tcb_signing.pem" \
	    --file qe_identity="$COLLATERAL/qe_identity.json" \
	    --file pck_crl="$COLLATERAL/pck_crl.der" \
	    --file root_ca_crl="$COLLATERAL/root_ca_crl.der" \
	    --trust-root "$TRUST_ROOT" >"$WORK/out" 2>&1 ||
	    fail "$(cat "$WORK/out")"
	said '"verdict":"accept"'
done

trace "a snapshot, and what verify makes of it"
client 3 snapshot -o "$WORK/good" --trust-root "$TRUST_ROOT"
said "revocation"
client 0 snapshot -o "$WORK/good" --trust-root "$TRUST_ROOT" \
    --collateral "$COLLATERAL"
verify 0 --collateral "$COLLATERAL"
verify 3
said "revocation"
client 3 verify -s "$WORK/good" --collateral "$COLLATERAL"

trace "revoked, out of date, debug, another TD"
# refused WORD ARG...: with collateral that forge-tdx makes with ARG
refused()
{
	refused_word=$1
	shift
	collateral "$@"
	verify 3 --collateral "$COLLATERAL"
	grep -q "FAIL.*$refused_word" "$WORK/out" || {
		cat "$WORK/out"
		fail "no FAIL of $refused_word: $*"
	}
}
refused pck.revoked --revoke pck
refused ca.revoked --revoke ca
refused tcb.status --status OutOfDate
refused tcb.status --status Revoked
collateral --status SWHardeningNeeded
verify 0 --collateral "$COLLATERAL"
collateral
echo 0x10000001 >"$HIERARCHY/td-attributes"
verify 3 --collateral "$COLLATERAL"
said "debug"
rm "$HIERARCHY/td-attributes"
cp "$HIERARCHY/mrtd" "$WORK/mrtd"
head -c 48 /dev/urandom >"$HIERARCHY/mrtd"
verify 3 --collateral "$COLLATERAL"
said "[ FAIL ] policy.mrtd"
cp "$WORK/mrtd" "$HIERARCHY/mrtd"
cp "$HIERARCHY/rtmr1" "$WORK/rtmr1"
"$TEST/sim/forge-tdx" "$HIERARCHY" --extend "1=another kernel" || fail "extend"
verify 3 --collateral "$COLLATERAL"
said "[ FAIL ] policy.rtmr"
cp "$WORK/rtmr1" "$HIERARCHY/rtmr1"
verify 0 --collateral "$COLLATERAL"

trace "a replayed quote, and junk"
head -c 64 /dev/urandom >"$HIERARCHY/frozen-report-data"
verify 3 --collateral "$COLLATERAL"
said "report-data"
rm "$HIERARCHY/frozen-report-data"
echo 2000 >"$HIERARCHY/garbage"
verify 3 --collateral "$COLLATERAL"
rm "$HIERARCHY/garbage"
verify 0 --collateral "$COLLATERAL"
exit 0
