#!/bin/sh
# Intel's collateral in verify, from a PCCS and from the cache.
tid=collateral-tdx
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"
. "$TOP/regress/e2e/tools/vendor.sh"

command -v python3 >/dev/null || skip "no python3"
command -v openssl >/dev/null || skip "no openssl program"
mkdir "$WORK/tree" "$WORK/first"
printf 'known\n' >"$WORK/tree/known"
sim_up "$WORK/sim" --tee tdx --roots "$WORK/tree"
site=$WORK/site
mkdir "$site"
cp "$COLLATERAL"/* "$site"
cp "$COLLATERAL"/* "$WORK/first"
vendor_start "$site"
vendor_forget "$site"
CURL_CA_BUNDLE=$WORK/vendor.pem
export CURL_CA_BUNDLE

# forge [ARG...]: what the server has from now on; issued later than before
forge()
{
	sleep 1.1
	"$TEST/sim/forge-tdx" "$HIERARCHY" "$@" || fail "forge-tdx $*"
	cp "$HIERARCHY"/collateral/* "$site"
}

pccs()
{
	pccs_want=$1
	shift
	verify "$pccs_want" --pccs "$VENDOR" "$@"
}

# TCB info is asked for twice: its signer comes in a header
all_asked()
{
	for what in qe pckcrl rootcrl; do
		asked $what "$1"
	done
	asked tcb $(($1 * 2))
}

trace "from the server, then from the cache"
client 0 snapshot -o "$WORK/good" --trust-root "$TRUST_ROOT" \
    --collateral "$COLLATERAL"
cached 0
verify 3
pccs 0
said tcb.status pck.revoked ca.revoked
all_asked 1
cached 5
pccs 0
all_asked 1

trace "a day later; older ones do not take the place of newer ones"
aged 90000
forge
pccs 0
unsaid "an older one"
all_asked 2
aged 90000
cp "$WORK/first"/* "$site"
pccs 0
all_asked 3
for f in tcb_info.json qe_identity.json pck_crl.der root_ca_crl.der; do
	said "$f: the server sent an older one"
done
vendor_end
pccs 0
said "tcb_info.json: https" "in the cache is taken"
vendor_start "$site"
vendor_forget "$site"

trace "revoked, and it stays so"
forge --revoke pck
rm -rf "${cache:?}"
pccs 3
said pck.revoked
mode "* error"
pccs 3
said pck.revoked
mode
aged 90000
cp "$WORK/first"/* "$site"
pccs 3
said "pck_crl.der: the server sent an older one" pck.revoked
rm -rf "${cache:?}"
forge --status OutOfDate
pccs 3
said tcb.status
cp "$WORK/first"/* "$site"
aged 90000
pccs 3
said "tcb_info.json: the server sent an older one" tcb.status

trace "a server without the list of CAs"
rm -rf "${cache:?}"
forge
rm "$site/root_ca_crl.der"
pccs 3
said "no list of CA certificates"
verify 0 --pccs "$VENDOR" --no-revocation

trace "busy, strange"
forge
rm -rf "${cache:?}"
mode "tcb busy 1 1"
pccs 0
rm -rf "${cache:?}"
for how in html cut "broken"; do
	mode "tcb $how"
	pccs 3
done
