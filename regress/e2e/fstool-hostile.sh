#!/bin/sh
# What whoever has the disk may do to a header: each is refused with its
# reason, by check where it can be seen without secrets, by open always.
tid=fstool-hostile
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/fstool.sh"

box_up
box_create
mkdir "$WORK/good" "$WORK/old" && cp "$BOX"/* "$WORK/good"

again()
{
	cp "$WORK/good"/* "$BOX"
	box_reboot
}

# refused TEXT: by open
refused()
{
	want 3 "$1" open --mount "$WORK/mnt"
	again
}

trace "one copy damaged: first, second"
for at in 100 16500; do
	printf X | dd of="$BOX/header" bs=1 seek=$at conv=notrunc 2>/dev/null
	want 3 "header" check
	refused "header"
done

trace "an area of a keyslot changed"
# the bytes are random: one of them could be an X
printf XXXXXXXX | dd of="$BOX/header" bs=1 seek=40000 conv=notrunc 2>/dev/null
want 3 "not the header" check
refused "not the header"

trace "a record changed, cut, of another length"
size=$(stat -c %s "$BOX/header.mac")
for at in 0 9 11 50 90 120 $((size - 1)); do
	printf '\377' | dd of="$BOX/header.mac" bs=1 seek="$at" conv=notrunc \
	    2>/dev/null
	refused ""
done
truncate -s $((size - 1)) "$BOX/header.mac"
refused "header.mac"

trace "an older header and its record put back"
cp "$BOX"/header* "$WORK/old"
want 0 "" recovery-key --password "file:$PW"
cp "$BOX"/* "$WORK/good"
cp "$WORK/old"/* "$BOX"
refused "an older header was put back"

trace "the header of another container, alone and with its record"
mkdir -m 700 "$WORK/other"
mv "$BOX"/* "$WORK/other"
box_create
cp "$WORK/other/header" "$BOX/header"
want 3 "another container" check
refused_by=$(timeout 60 "$FS" open --header "$BOX/header" --location \
    "$BOX/container" --tpm "unix:$SWTPM_SOCKET" 2>&1) && fail "opened"
echo "$refused_by" | grep -q "another container" || fail "$refused_by"

trace "PCR 15 does not go on telling of the container that was there first"
pcr15()
{
	TPM2TOOLS_TCTI="swtpm:path=$SWTPM_SOCKET" tpm2_pcrread sha256:15 |
	    grep -o "0x[0-9A-F]*" || fail "no PCR 15"
}
rm -f "$BOX"/*
box_create
mkdir "$WORK/second" && cp "$BOX"/* "$WORK/second"
rm -f "$BOX"/* && cp "$WORK/good"/* "$BOX"
box_reboot
opens
both=$(pcr15)
opens --password "file:$PW"
[ "$(pcr15)" = "$both" ] || fail "the same container: PCR 15 changed"
rm -f "$BOX"/* && cp "$WORK/second"/* "$BOX"
want 1 "not unsealed" open
[ "$(pcr15)" = "$both" ] || fail "nothing opened: PCR 15 changed"
opens --password "file:$PW"
[ "$(pcr15)" != "$both" ] || fail "PCR 15 tells of another container"

trace "what another boot may unseal does not stay beside what this one does"
box_reboot
cryptsetup token export --token-id 0 "$BOX/header" >"$WORK/token" ||
    fail "token export"
tools()
{
	TPM2TOOLS_TCTI="swtpm:path=$SWTPM_SOCKET" "$@" || fail "$*"
}
# what is sealed in it, by stock tools
member()
{
	sed -n "s/.*\"$1\":[[\"]*\([^]\"]*\).*/\1/p" "$WORK/token"
}
member tpm2-blob | base64 -d >"$WORK/blob"
private=$((0x$(head -c 2 "$WORK/blob" | xxd -p) + 2))
head -c $private "$WORK/blob" >"$WORK/blob.priv"
tail -c +$((private + 1)) "$WORK/blob" >"$WORK/blob.pub"
tools tpm2_createprimary -Q -C o -G ecc256:aes128cfb -c "$WORK/primary" -a \
    "restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth"
tools tpm2_flushcontext -t
tools tpm2_load -Q -C "$WORK/primary" -u "$WORK/blob.pub" \
    -r "$WORK/blob.priv" -c "$WORK/sealed"
tools tpm2_flushcontext -t
tools tpm2_startauthsession -Q --policy-session -S "$WORK/session"
tools tpm2_policypcr -Q -S "$WORK/session" -l "sha256:$(member tpm2-pcrs)"
tools tpm2_unseal -c "$WORK/sealed" -p "session:$WORK/session" |
    base64 -w 0 >"$WORK/slot"
tools tpm2_flushcontext "$WORK/session"
tools tpm2_flushcontext -t
want 0 "" reseal --pcrs 4 --password "file:$PW"
chmod 600 "$WORK/slot"
cp "$BOX/header" "$WORK/before"
# token_again FILE: beside the new token the old one, its slot opened by this
token_again()
{
	cp "$WORK/before" "$BOX/header"
	cryptsetup luksAddKey --key-file "$PW" --pbkdf pbkdf2 \
	    --pbkdf-force-iterations 1000 --new-key-slot 5 "$BOX/header" \
	    "$1" || fail "luksAddKey"
	sed 's/"keyslots":\["[0-9]*"\]/"keyslots":["5"]/' "$WORK/token" |
	    cryptsetup token import --token-id 5 "$BOX/header" ||
	    fail "token import"
}
printf other >"$WORK/no-slot" && chmod 600 "$WORK/no-slot"
token_again "$WORK/no-slot"
cp "$BOX/header" "$WORK/changed" && cp "$BOX/header.mac" "$WORK/changed.mac"
want 3 "does not open its keyslot 5" adopt --password "file:$PW"
cmp -s "$BOX/header" "$WORK/changed" &&
    cmp -s "$BOX/header.mac" "$WORK/changed.mac" ||
    fail "something was changed"
cp "$WORK/before" "$BOX/header"
sed 's/"keyslots":\["[0-9]*"\]/"keyslots":["0"]/' "$WORK/token" |
    cryptsetup token import --token-id 5 "$BOX/header" || fail "token import"
want 3 "does not open its keyslot 0" adopt --password "file:$PW"
want 0 "" cap
want 3 "names the keyslot of a password" adopt --password "file:$PW"
box_reboot
token_again "$WORK/slot"
want 0 "" adopt --password "file:$PW"
want 0 "" status
[ "$(grep -c "recorded yes" "$WORK/out")" = 2 ] || fail "not two tokens"
want 0 "" reseal --password "file:$PW"
grep -q "sealed so already" "$WORK/out" && fail "the other token stays"
want 0 "unseals_at_next_boot.*yes" status
[ "$(grep -c "recorded yes" "$WORK/out")" = 1 ] || fail "the other token stays"
want 0 "sealed so already" reseal --password "file:$PW"

trace "the TPM is gone for good: adopt, and the password opens it"
rm -f "$BOX"/* && cp "$WORK/second"/* "$BOX"
tpm=$SWTPM_SOCKET
SWTPM_SOCKET=$WORK/none
want 1 "there is no TPM .*adopt" open --password "file:$PW"
want 0 "left alone" adopt --password "file:$PW"
want 0 "no protection against an older header" check
want 0 "protected_against_an_older_header: *no" status
opens --password "file:$PW"
SWTPM_SOCKET=$tpm
box_reboot
want 1 "not taken in" open
box_reboot
want 0 "" adopt --password "file:$PW"
opens
exit 0
