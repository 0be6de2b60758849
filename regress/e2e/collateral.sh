#!/bin/sh
# Lists of revoked certificates in verify: used, stale, with an issuer that is
# revoked, older than one seen before; a server that is busy, strange or gone;
# the cache; and --collateral, which makes no connection.
tid=collateral
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"
. "$TOP/regress/e2e/tools/vendor.sh"

command -v python3 >/dev/null || skip "no python3"
command -v openssl >/dev/null || skip "no openssl program"
mkdir "$WORK/tree"
printf 'known\n' >"$WORK/tree/known"
sim_up "$WORK/sim" --roots "$WORK/tree"
# the host sends no list along
rm -f "$HIERARCHY/crl.der"
site=$WORK/site
vendor_site "$site"
vendor_start "$site"
vendor_forget "$site"
CURL_CA_BUNDLE=$WORK/vendor.pem
export CURL_CA_BUNDLE

# crl ARG...: what the server has from now on
crl()
{
	"$TEST/sim/forge-crl" "$HIERARCHY" "$site/amd_crl.der" "$@" ||
	    fail "forge-crl $*"
}

# kds EXIT [ARG...]: verify with the server
kds()
{
	kds_want=$1
	shift
	verify "$kds_want" --kds-url "$VENDOR" "$@"
}

# planted BYTE FILE: FILE in place of what is kept and begins with this byte
planted()
{
	rewrite "if p[:1] == b'$1':
        with open(sys.argv[3], 'rb') as f:
            p = f.read()
        if sys.argv[3].endswith('stale.der'):
            from_, to = at - 9000, at - 60" "$2"
}

trace "a list is needed, unless the user says otherwise"
client 0 snapshot -o "$WORK/good" --trust-root "$TRUST_ROOT" \
    --collateral "$COLLATERAL"
verify 3
said "--no-revocation"
verify 0 --no-revocation
cached 0

trace "--collateral makes no connection"
verify 0 --collateral "$COLLATERAL"
said snp.crl
asked '[a-z]*' 0
cached 0

trace "from the server, then from the cache"
crl --number 5
kds 0
said snp.crl
asked crl 1
kds 0
asked crl 1
asked chain 1
cached 2
[ -z "$(find "${cache:?}" -type f ! -perm 600)" ] || fail "modes in the cache"

trace "evidence fetch uses what is there, and keeps nothing"
client 0 evidence fetch -o "$WORK/fetched" --kds-url "$VENDOR"
asked crl 1
cmp "$site/amd_crl.der" "$WORK/fetched/collateral/amd_crl.der" ||
    fail "another list"

trace "what is not as it was kept is had anew"
for f in "${cache:?}"/*; do
	printf x >>"$f"
done
kds 0
asked crl 2
asked chain 2
kds 0
asked crl 2

trace "a list of yesterday is asked for anew"
mode
aged 90000
kds 0
asked crl 1
asked chain 0

trace "an older list does not take the place of a newer one"
aged 90000
crl --number 4 --from -7200
kds 0
said "an older one than it did before"
kds 0
asked crl 3
aged 90000
crl --number 6 --from -1800
kds 0
unsaid "an older one"
kds 0
asked crl 4

trace "the server is busy or strange: the list of before is good still"
for how in error broken "limited 99" "busy 99 30" cut closed html empty long \
    headers redirect; do
	aged 90000
	mode "crl $how"
	kds 0
	said "in the cache is taken"
	# with one at hand nobody waits
	asked crl 1
done
mode "crl typed"
aged 90000
kds 0
unsaid "in the cache is taken"
mode "crl slow 1"
aged 90000
kds 0
unsaid "in the cache is taken"

trace "the server is gone, and comes back"
aged 90000
VENDOR_WAS=$VENDOR
vendor_end
kds 0
said "in the cache is taken"
rm -rf "${cache:?}"
kds 3
said collateral snp.revocation

trace "busy, and nothing is there: waited for"
vendor_start "$site"
mode "crl busy 2 1"
kds 0
asked crl 3
rm -rf "${cache:?}"
mode "crl busy 99 1"
kds 3
said "too many requests" snp.revocation
asked crl 6
# who does not answer is not asked for the rest
asked chain 0
mode "crl unavailable 1 1"
kds 0
asked crl 2

trace "strange, and nothing is there: refused, and nothing is kept"
for how in cut html empty long; do
	rm -rf "${cache:?}"
	mode "crl $how"
	kds 3
	mode
	kds 0
	asked crl 1
done

trace "too old, too new, without an end: refused"
mode
rm -rf "${cache:?}"
crl --from -9000 --until -60
kds 3
said snp.crl
kds 3
asked crl 2
crl --from 9000 --until 90000
kds 3
said snp.crl
asked crl 3

trace "kept, and then too old"
crl --number 1
kds 0
"$TEST/sim/forge-crl" "$HIERARCHY" "$WORK/stale.der" --from -9000 \
    --until -60 || fail "forge-crl"
planted 0 "$WORK/stale.der"
mode "crl error"
kds 3
said "in the cache is taken" snp.crl
mode
crl --number 2
kds 0
unsaid "in the cache is taken"

trace "the issuer of the processor's certificate is revoked"
crl --number 3 --revoke 0x1234
aged 90000
kds 0
crl --number 4 --from -100 --revoke 0x1234 --revoke ask
aged 90000
kds 3
said snp.revocation
mode "crl error"
kds 3
said snp.revocation
asked crl 0
# the one from before comes no more through
mode
aged 90000
crl --number 3 --revoke 0x1234
kds 3
said "an older one" snp.revocation
cp "$site/amd_crl.der" "$WORK/fetched/collateral/amd_crl.der"
"$TEST/sim/forge-crl" "$HIERARCHY" "$WORK/fetched/collateral/amd_crl.der" \
    --revoke ask || fail "forge-crl"
verify 3 --collateral "$WORK/fetched/collateral"
said snp.revocation

trace "a list of somebody else is refused, and not kept"
rm -rf "${cache:?}"
crl --number 5
kds 0
"$TEST/sim/forge-snp" "$WORK/other" || fail "forge-snp"
"$TEST/sim/forge-crl" "$WORK/other" "$site/amd_crl.der" --from -10 \
    --number 99 || fail "forge-crl"
aged 90000
kds 3
said snp.crl
crl --number 5 --from -20
kds 0
unsaid "an older one"

trace "the host gives no certificates: the server's, kept by chip and TCB"
echo 1 >"$HIERARCHY/no-certs"
mode
rm -rf "${cache:?}"
kds 0
asked vcek 1
cached 3
kds 0
asked vcek 1
rm -rf "${cache:?}"
cp "$WORK/other/vcek.der" "$site/vcek.der"
kds 3
cp "$HIERARCHY/vcek.der" "$site/vcek.der"
kds 0
mode "vcek limited 99"
kds 0
asked vcek 0

trace "a wrong certificate in the cache does not stay"
cat "$WORK/other/ask.pem" "$WORK/other/ark.pem" >"$WORK/other.pem"
mode
planted - "$WORK/other.pem"
kds 3
kds 0

trace "no folder for the cache is no failure, but said"
rm -rf "${XDG_CACHE_HOME:?}"
: >"$XDG_CACHE_HOME"
mode
kds 0
said collateral.cache
kds 0
asked crl 2
