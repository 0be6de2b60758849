#!/bin/sh
# What whoever has the disk may say of a container's counter: another one's is
# not removed, and not taken for its own.
tid=fstool-counter
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/fstool.sh"

box_up
box_create

trace "a note of an interrupted run that names the counter of another"
mkdir -m 700 "$WORK/mine"
mv "$BOX"/* "$WORK/mine"
for name in note mac.new; do
	cp "$WORK/mine/header.mac" "$BOX/header.$name"
	cp "$WORK/mine/header" "$BOX/header.new"
	want 0 "" create --size 32M --no-integrity --no-filesystem \
	    --bind tpm --password "file:$PW"
	rm -f "$BOX"/*
done
mv "$WORK/mine"/* "$BOX"
want 0 "" check
opens --password "file:$PW"
box_reboot

trace "a record of a counter under another authorisation: adopt makes one"
tools()
{
	TPM2TOOLS_TCTI="swtpm:path=$SWTPM_SOCKET" "$@" || fail "$*"
}
theirs=0x183530e
tools tpm2_nvdefine -Q -C o -s 8 -p other \
    -a "authwrite|authread|ownerread|no_da|nt=counter" $theirs
tools tpm2_nvincrement -Q -C $theirs -P other $theirs
name=$(tools tpm2_nvreadpublic $theirs | sed -n 's/^ *name: *//p')
# version, entries and UUID before it: index and Name
echo "0183530e$name" | xxd -r -p |
    dd of="$BOX/header.mac" bs=1 seek=47 conv=notrunc 2>/dev/null
want 3 "" open --password "file:$PW"
want 0 "a new one is made" adopt --password "file:$PW"
want 0 "" check
tools tpm2_nvundefine -Q -C o $theirs
box_reboot
opens
box_reboot
exit 0
