#!/bin/sh
# A container's life as far as it goes without a device mapper: made, unsealed
# once in each boot and in none with another kernel, sealed anew, taken in
# after stock tools changed it.
tid=fstool
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/fstool.sh"

box_up

trace "made: header, record, data"
box_create
for f in header header.mac container; do
	[ "$(stat -c %a "$BOX/$f")" = 600 ] || fail "$f is not 0600"
done
[ "$(ls "$BOX" | wc -l)" = 3 ] || fail "something is left over: $(ls "$BOX")"
grep -q "whoever runs a virtual TPM" "$WORK/out" || fail "bind is not explained"
grep -q "root file system is not measured" "$WORK/out" || fail "root is not"
want 0 "" check
want 0 "unseals_at_next_boot.*yes" status
want 0 "protected_against_an_older_header: *yes" status
want 1 "exists: nothing is overwritten" create --size 32M --no-integrity \
    --no-filesystem --bind tpm --password "file:$PW"

trace "a run that was cut off at its end is finished by the next"
set -- create --size 32M --no-integrity --no-filesystem --bind tpm
mv "$BOX/header" "$BOX/header.new"
mv "$BOX/container" "$BOX/container.new"
printf 'not the one' >"$WORK/wrong"
chmod 600 "$WORK/wrong"
want 1 "with another passphrase" "$@" --password "file:$WORK/wrong"
mv "$BOX/header" "$BOX/header.new"
want 0 "the earlier run made" "$@" --password "file:$PW"
[ -e "$BOX/header" ] && [ ! -e "$BOX/header.new" ] || fail "not finished"
want 0 "" check
want 1 "exists: nothing is overwritten" "$@" --password "file:$PW"

trace "stock tools see the same"
cryptsetup luksDump "$BOX/header" >"$WORK/dump" || fail "luksDump"
grep -q systemd-tpm2 "$WORK/dump" || fail "no token of systemd's type"
cryptsetup open --test-passphrase --key-file "$PW" "$BOX/header" ||
    fail "the password does not open it"

trace "unsealed once in a boot, and then never again"
opens
want 1 "not unsealed" open
opens --password "file:$PW"
box_reboot
opens

trace "the unit caps a boot in which nothing was opened"
box_reboot
want 0 "" cap
want 1 "not unsealed" open
want 0 "capped.*yes" status

trace "another kernel: refused, the recovery key opens it, reseal seals it"
want 0 "[0-9]\{6\}-[0-9]\{6\}" recovery-key --password "file:$PW"
grep -o '[0-9]\{6\}\(-[0-9]\{6\}\)\{7\}' "$WORK/out" >"$WORK/recovery"
chmod 600 "$WORK/recovery"
box_reboot /boot/vmlinuz-new
want 1 "not unsealed" open
opens --password "file:$WORK/recovery"
printf wrong >"$WORK/wrong"
chmod 600 "$WORK/wrong"
want 1 "no keyslot opens" open --password "file:$WORK/wrong"
want 1 "no keyslot opens" reseal --password "file:$WORK/wrong"
want 0 "" reseal --password "file:$WORK/recovery"
want 0 "changed" reseal --password "file:$WORK/recovery"
box_reboot
opens

trace "a header that stock tools changed is taken in, and not before"
box_reboot
printf another >"$WORK/another"
chmod 600 "$WORK/another"
cryptsetup luksAddKey --key-file "$PW" --pbkdf argon2id \
    --pbkdf-memory 65536 --pbkdf-force-iterations 4 "$BOX/header" \
    "$WORK/another" || fail "luksAddKey"
want 3 "adopt" open
want 3 "is not the header" check
box_reboot
want 0 "" adopt --password "file:$WORK/another"
want 0 "" check
opens

trace "a header that stands alone: no token is believed before adopt"
box_reboot
rm "$BOX/header.mac"
want 3 "no record" open
want 0 "" adopt --password "file:$PW"
box_reboot
opens

trace "another run at work is waited for"
flock "$BOX/.header.lock" sleep 2 &
sleep 0.5
want 0 "at work: waiting" reseal --password "file:$PW"
wait

trace "and who may only read its folder holds nobody up"
[ "$(stat -c %a "$BOX/.header.lock")" = 600 ] || fail "others may lock"
chmod 755 "$BOX"
(exec 9<"$BOX" && flock 9 && exec sleep 30) &
locker=$!
sleep 0.5
want 0 "" reseal --password "file:$PW"
grep -q "waiting" "$WORK/out" && fail "a lock of the folder is waited for"
kill "$locker"
wait
chmod 777 "$BOX"
want 1 "can be written by others" reseal --password "file:$PW"
chmod 700 "$BOX"
mv "$BOX/.header.lock" "$WORK/lock"
ln -s "$WORK/lock" "$BOX/.header.lock"
want 1 "its lock" reseal --password "file:$PW"
rm "$BOX/.header.lock"
touch "$BOX/.header.lock" && chmod 644 "$BOX/.header.lock"
want 1 "its lock .* can be opened by others" reseal --password "file:$PW"
rm "$BOX/.header.lock"

trace "a copy of header and record"
want 0 "" backup-header -o "$WORK/copy"
cmp "$WORK/copy" "$BOX/header" || fail "not a copy"
cmp "$WORK/copy.mac" "$BOX/header.mac" || fail "not a copy of the record"
want 1 "exists" backup-header -o "$WORK/copy"

trace "a block device, by the name of a link to it"
truncate -s 32M "$WORK/disk"
if loop=$(losetup -f --show "$WORK/disk" 2>/dev/null); then
	at_end "losetup -d $loop; rm -rf '/dev/$tid.$$'"
	mkdir "/dev/$tid.$$" "$WORK/onto" && ln -s "$loop" "/dev/$tid.$$/by-id"
	set -- create --no-integrity --no-filesystem --bind tpm --password \
	    "file:$PW" --location "/dev/$tid.$$/by-id" --boot-log \
	    "$WORK/sim/eventlog" --tpm "unix:$SWTPM_SOCKET" --header
	box_reboot
	timeout 300 "$FS" "$@" "$WORK/onto/header" >"$WORK/out" 2>&1 ||
	    fail "$(cat "$WORK/out")"
	printf something | dd of="$loop" bs=4k seek=9 conv=notrunc,fsync \
	    2>/dev/null
	timeout 300 "$FS" "$@" "$WORK/onto/again" >"$WORK/out" 2>&1 &&
	    fail "something was overwritten"
	grep -q "by-id holds something" "$WORK/out" ||
	    fail "$(cat "$WORK/out")"
fi

trace "a copy for which there is no room leaves nothing"
mkdir "$WORK/small"
mount -t tmpfs -o size=1m none "$WORK/small" || fail "no small disk"
at_end "umount '$WORK/small'"
want 1 "No space left" backup-header -o "$WORK/small/copy"
[ -z "$(ls "$WORK/small")" ] || fail "left over: $(ls "$WORK/small")"
exit 0
