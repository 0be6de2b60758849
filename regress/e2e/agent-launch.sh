#!/bin/sh
# The first launch: what it makes and with which modes, that a second start
# changes nothing, that one which was cut off is finished by the next, and
# what it refuses.
tid=agent-launch
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

command -v openssl >/dev/null || skip "no openssl program"
command -v tpm2_readpublic >/dev/null || skip "no tpm2-tools"
agent_up --no-agent --conf 'host = ["127.0.0.1", "127.0.0.2"]'
made=$DATA_DIR/data

start()
{
	"$SIM/agent" "$DIR" start >"$WORK/start" 2>&1 || {
		cat "$WORK/start"
		fail "$1: does not start"
	}
	"$SIM/agent" "$DIR" stop || fail "$1: does not stop"
	[ "$(ls -A "$made" | tr '\n' ' ')" = "cert.pem key.pem tpm-auth " ] ||
	    fail "$1: files are $(ls -A "$made" | tr '\n' ' ')"
}

# must_not_start WHY TEXT: it ends with 1 by itself, and says TEXT
must_not_start()
{
	COSMIAN_VM_AGENT_CONF=$CONF timeout 60 "$BIN/cosmian_vm_agent" -d \
	    >"$WORK/start" 2>&1 </dev/null
	rc=$?
	[ $rc -eq 1 ] || { cat "$WORK/start"; fail "$1: exit status $rc"; }
	grep -qF -- "$2" "$WORK/start" || {
		cat "$WORK/start"
		fail "$1: does not say: $2"
	}
}

sums()
{
	sha256sum "$made"/*
}

trace "COSMIAN_VM_PREINIT=0 makes nothing"
export COSMIAN_VM_PREINIT=0
must_not_start "nothing made yet" "COSMIAN_VM_PREINIT=0"
unset COSMIAN_VM_PREINIT
[ ! -e "$made/key.pem" ] && [ ! -e "$made/cert.pem" ] || fail "made all the same"

trace "require_encrypted_storage makes no key"
sed -i 's/^require_encrypted_storage.*/require_encrypted_storage = true/' "$CONF"
must_not_start "plain disk" "not on an encrypted volume"
[ ! -e "$made/key.pem" ] && [ ! -e "$made/tpm-auth" ] || fail "made all the same"
sed -i 's/^require_encrypted_storage.*/require_encrypted_storage = false/' "$CONF"

trace "first launch"
(umask 0; start first) || exit 1
for f in key.pem:600 tpm-auth:600 cert.pem:644; do
	[ "$(stat -c %a:%u "$made/${f%:*}")" = "${f#*:}:0" ] ||
	    fail "${f%:*}: $(stat -c %a:%u "$made/${f%:*}")"
done
[ "$(stat -c %a "$made")" = 700 ] || fail "the folder is open to others"
openssl x509 -in "$made/cert.pem" -noout -text >"$WORK/text" || fail "no X.509"
name=$(hostname)
grep -q "Subject: CN = $name\$" "$WORK/text" || fail "CN is not $name"
grep -q "DNS:$name, IP Address:127.0.0.1, IP Address:127.0.0.2\$" "$WORK/text" ||
    fail "SAN: $(grep -A1 'Alternative Name' "$WORK/text")"
grep -q 'CA:FALSE' "$WORK/text" || fail "it may be a CA"
grep -qE 'ASN1 OID: prime256v1' "$WORK/text" || fail "not P-256"
[ "$(grep -c -- '-----BEGIN' "$made/cert.pem")" -eq 1 ] || fail "a chain"
openssl verify -CAfile "$made/cert.pem" "$made/cert.pem" >/dev/null ||
    fail "not self-signed"
[ "$(openssl x509 -in "$made/cert.pem" -noout -pubkey)" = \
    "$(openssl pkey -in "$made/key.pem" -pubout)" ] || fail "not a pair"
for handle in 0x81000050 0x81000051; do
	tpm2_readpublic -T "swtpm:path=$TPM_SOCKET" -c $handle >"$WORK/$handle" ||
	    fail "no key at $handle"
done
grep -q 'fixedtpm|.*restricted|sign' "$WORK/0x81000051" || fail "AK attributes"

trace "the second changes nothing, nor does COSMIAN_VM_PREINIT=0"
sums >"$WORK/sums"
start second
sums | cmp -s - "$WORK/sums" || fail "changed"
export COSMIAN_VM_PREINIT=0
start "without preinit"
unset COSMIAN_VM_PREINIT
sums | cmp -s - "$WORK/sums" || fail "changed without preinit"
tpm2_readpublic -T "swtpm:path=$TPM_SOCKET" -c 0x81000051 |
    cmp -s - "$WORK/0x81000051" || fail "another AK"

trace "cut off: key without certificate, new files left over"
rm "$made/cert.pem"
echo half >"$made/cert.pem.new"
start "key without certificate"
[ "$(sha256sum <"$made/key.pem")" = \
    "$(sed -n 's/ .*key.pem$/  -/p' "$WORK/sums")" ] || fail "another key"
rm "$made/cert.pem" "$made/key.pem"
echo half >"$made/key.pem.new"
start "secrets of the TPM, but neither key nor certificate"
grep tpm-auth "$WORK/sums" | sha256sum -c --status || fail "other secrets"

trace "cut off: EK only, AK only"
for handle in 0x81000051 0x81000050; do
	tpm2_evictcontrol -T "swtpm:path=$TPM_SOCKET" -C o -c $handle \
	    >/dev/null 2>&1 || { trace "owner needs its secret"; break; }
	start "without $handle"
	tpm2_readpublic -T "swtpm:path=$TPM_SOCKET" -c $handle >/dev/null ||
	    fail "$handle is not made again"
done

trace "refused: a key that others can read, or that is missing"
chmod 640 "$made/key.pem"
must_not_start "mode 640" "only its owner can read"
chmod 600 "$made/key.pem"
mv "$made/key.pem" "$WORK/key.pem"
must_not_start "no key" "key.pem is missing"
[ ! -e "$made/key.pem" ] || fail "a new key for an old certificate"
openssl ecparam -name prime256v1 -genkey -noout -out "$made/key.pem"
chmod 600 "$made/key.pem"
must_not_start "another key" "key.pem"
mv "$WORK/key.pem" "$made/key.pem"
start "the right key is back"
exit 0
