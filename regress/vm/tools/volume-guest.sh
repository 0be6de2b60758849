#!/bin/sh
# Container, device mapper and mount in the guest; started there by
# regress/vm/volume.sh.
#
# usage: volume-guest.sh VOLUMETOOL DEVICE	a block device of 48 MiB or more
#
# Every call has a time limit: ciphers of the kernel have been seen to hang.
V=$1
DEVICE=$2
D=/var/lib/volume-test
N=voltest
n=0

fail() {
	echo "FAIL $*"
	[ ! -s $D/out ] || sed 's/^/	| /' $D/out
	dmsetup table
	losetup -a
	exit 1
}

run() {
	timeout 120 "$@" >$D/out 2>&1 </dev/null
}

# ok WHAT COMMAND...
ok() {
	what=$1
	shift
	run "$@" || fail "$what: exit status $?"
	n=$((n + 1))
}

# no STATUS TEXT WHAT COMMAND...: it fails so, and says so
no() {
	want=$1 text=$2 what=$3
	shift 3
	run "$@"
	rc=$?
	[ $rc -eq "$want" ] || fail "$what: exit status $rc instead of $want"
	grep -q -- "$text" $D/out || fail "$what: not said: $text"
	n=$((n + 1))
}

# Nothing is left in the kernel.
clean() {
	[ "$(dmsetup ls)" = "No devices found" ] || fail "$1: left in the device mapper"
	# a loop device ends when its last user has gone, udev perhaps
	for i in 1 2 3 4 5 6 7 8 9 10; do
		losetup -a | grep -q "$D" || break
		sleep 0.3
	done
	! losetup -a | grep -q "$D" || fail "$1: left a loop device"
	n=$((n + 1))
}

# IMA measured neither headers nor data, and saw no violation with them.
unmeasured() {
	list=/sys/kernel/security/ima/ascii_runtime_measurements
	[ ! -e $list ] || ! grep -E " $D/(tagged|plain|header-)" $list >$D/out ||
	    fail "$1: measured"
	n=$((n + 1))
}

# story KIND LOCATION: from nothing to a file that is there after reopening
story() {
	h=$D/header-$1
	ok "$1: format" "$V" format "$2" $h "$1" $N word
	no 1 "wrong passphrase" "$1: wrong word" "$V" open "$2" $h $N other
	clean "$1: wrong word"
	ok "$1: open" "$V" open "$2" $h $N word
	no 1 "in use" "$1: open twice" "$V" open "$2" $h ${N}2 word
	ok "$1: mkfs" "$V" mkfs $N
	ok "$1: mount" "$V" mount $N $D/mnt
	grep -q "^/dev/mapper/$N $D/mnt ext4 rw,nosuid,nodev" /proc/mounts ||
	    fail "$1: not mounted nosuid, nodev"
	no 1 "is mounted there" "$1: mount twice" "$V" mount $N $D/mnt
	ok "$1: mounted" "$V" mounted $D/mnt
	grep -q "^1 " $D/out || fail "$1: mounted is not seen"
	no 1 "in use" "$1: close while mounted" "$V" close $N
	cp /bin/ls $D/mnt/ls
	"$D/mnt/ls" / >/dev/null || fail "$1: nothing can be run there"
	(cd $D/mnt && sleep 5) &
	sleep 0.2
	no 1 "in use" "$1: unmount while used" "$V" umount $D/mnt
	wait
	ok "$1: unmount" "$V" umount $D/mnt
	ok "$1: unmount again" "$V" umount $D/mnt
	ok "$1: mounted no more" "$V" mounted $D/mnt
	grep -q "^0 " $D/out || fail "$1: mounted is seen"
	ok "$1: close" "$V" close $N
	ok "$1: close again" "$V" close $N
	clean "$1: closed"
	ok "$1: open again" "$V" open "$2" $h $N word
	touch $D/mnt/x
	no 1 "not empty" "$1: mount over files" "$V" mount $N $D/mnt
	rm $D/mnt/x
	ok "$1: mount again" "$V" mount $N $D/mnt
	cmp /bin/ls $D/mnt/ls || fail "$1: the file is not there"
	ok "$1: unmount at last" "$V" umount $D/mnt
	ok "$1: close at last" "$V" close $N
	clean "$1: closed at last"
	unmeasured "$1"
}

# A bit of the data is flipped by whoever has the disk.
flipped() {
	ok "flip: open" "$V" open $D/tagged $D/header-tagged $N word
	ok "flip: all can be read" dd if=/dev/mapper/$N of=/dev/null bs=1M
	ok "flip: close" "$V" close $N
	clean "flip"
	byte=$(dd if=$D/tagged bs=1 skip=30000000 count=1 2>/dev/null | od -An -tu1)
	# shellcheck disable=SC2059
	printf "\\$(printf %o $(((byte + 1) % 256)))" |
	    dd of=$D/tagged bs=1 seek=30000000 conv=notrunc 2>/dev/null
	ok "flip: open again" "$V" open $D/tagged $D/header-tagged $N word
	run dd if=/dev/mapper/$N of=/dev/null bs=1M && fail "flip: not seen"
	n=$((n + 1))
	ok "flip: close again" "$V" close $N
	clean "flipped"
}

# A format or wipe that ends early, in each way.
cut_off() {
	no 1 "stopped" "stop" "$V" format $D/cut $D/header-cut tagged $N word 30
	clean "stop"
	"$V" format $D/cut $D/header-cut tagged $N word >$D/out 2>&1 &
	pid=$!
	for i in $(seq 600); do
		[ ! -e /dev/mapper/$N ] || break
		sleep 0.05
	done
	kill -9 $pid
	wait $pid 2>/dev/null
	dmsetup info $N >/dev/null 2>&1 || fail "killed: came too late"
	no 1 "in use" "killed: its lock stays" "$V" open $D/cut $D/header-cut x word
	ok "killed: close" "$V" close $N
	clean "killed"
	loop=$(losetup -f --show $D/cut)
	ok "helper" dmsetup create temporary-cryptsetup-1 --table \
	    "0 1000 linear $loop 0"
	losetup -d "$loop"
	ok "clear: another's" "$V" clear $D/plain
	dmsetup info temporary-cryptsetup-1 >/dev/null 2>&1 ||
	    fail "another's helper was taken away"
	ok "clear" "$V" clear $D/cut
	clean "clear"
	ok "clear what is not there" "$V" clear $D/nothing
}

# uuid_of HEADER
uuid_of() {
	cryptsetup luksUUID "$1" | tr -d -
}

KEY=$(printf '%0128d' 7)
# table FLAGS TABLE...: a device of that name, made by another
table() {
	run dmsetup create $N -u "CRYPT-LUKS2-$uuid-$N" "$@" ||
	    fail "dmsetup create $*"
}

# differs TEXT TABLE: refused with that reason
differs() {
	text=$1
	shift
	table "$@"
	no 3 "$text" "table: $*" "$V" check $h $N "$loop"
	run dmsetup remove $N || fail "dmsetup remove"
}

# What the kernel has is not what the header asks for.
tables() {
	h=$D/header-plain
	uuid=$(uuid_of $h)
	loop=$(losetup -f --show $D/plain)
	other=$(losetup -f --show $D/cut)
	s=$(blockdev --getsz "$loop")
	e="1 sector_size:4096"
	table --table "0 $s crypt aes-xts-plain64 $KEY 0 $loop 0 $e"
	ok "the right table" "$V" check $h $N "$loop"
	no 3 "device below" "another device asked for" "$V" check $h $N "$other"
	ok "load" dmsetup load $N --table "0 $s zero"
	no 3 "about to change" "a table that waits" "$V" check $h $N "$loop"
	ok "clear" dmsetup clear $N
	ok "suspend" dmsetup suspend $N
	no 3 "about to change" "suspended" "$V" check $h $N "$loop"
	ok "resume" dmsetup resume $N
	ok "remove" dmsetup remove $N
	no 3 "does not have" "none" "$V" check $h $N "$loop"
	differs cipher --table "0 $s crypt aes-xts-plain $KEY 0 $loop 0 $e"
	differs cipher --table "0 $s crypt cipher_null-ecb - 0 $loop 0 $e"
	differs key --table "0 $s crypt aes-xts-plain64 ${KEY#????????????????????????????????????????????????????????????????} 0 $loop 0 $e"
	differs "IV offset" --table "0 $s crypt aes-xts-plain64 $KEY 8 $loop 0 $e"
	differs "device below" --table "0 $s crypt aes-xts-plain64 $KEY 0 $other 0 $e"
	differs "offset of the data" --table "0 $((s - 8)) crypt aes-xts-plain64 $KEY 0 $loop 8 $e"
	differs length --table "0 $((s - 8)) crypt aes-xts-plain64 $KEY 0 $loop 0 $e"
	differs options --table "0 $s crypt aes-xts-plain64 $KEY 0 $loop 0 2 allow_discards sector_size:4096"
	differs options --table "0 $s crypt aes-xts-plain64 $KEY 0 $loop 0"
	differs "not for writing" -r --table "0 $s crypt aes-xts-plain64 $KEY 0 $loop 0 $e"
	differs "no encryption" --table "0 $s linear $loop 0"
	printf '0 8 zero\n8 %s crypt aes-xts-plain64 %s 0 %s 0 %s\n' $((s - 8)) \
	    "$KEY" "$loop" "$e" >$D/two
	differs "exactly one" $D/two
	uuid=00000000000000000000000000000000
	differs UUID --table "0 $s crypt aes-xts-plain64 $KEY 0 $loop 0 $e"
	losetup -d "$loop" "$other"
	clean "tables"
}

# Stock cryptsetup opens ours; what it was asked to leave out is seen.
stock() {
	h=$D/header-tagged
	printf word >$D/word
	loop=$(losetup -f --show -b 4096 $D/tagged)
	for a in "" --integrity-no-journal --allow-discards; do
		# shellcheck disable=SC2086
		run cryptsetup open $a --key-file $D/word --header $h "$loop" $N
		rc=$?
		case $a in
		"")
			[ $rc -eq 0 ] || fail "stock cryptsetup does not open it"
			ok "opened by cryptsetup" "$V" check $h $N "$loop" ;;
		--integrity-no-journal)
			no 3 "without a journal" "no journal" "$V" check $h $N "$loop" ;;
		*)
			# a version that does not take it with integrity is as good
			[ $rc -ne 0 ] ||
			    no 3 "options" "discards" "$V" check $h $N "$loop" ;;
		esac
		ok "close $a" "$V" close $N
	done
	uuid=$(uuid_of $h)
	s=$(blockdev --getsz "$loop")
	differs cipher --table "0 $s crypt aes-xts-plain64 $KEY 0 $loop 0 1 sector_size:4096"
	losetup -d "$loop"
	clean "stock"
}

# Under systemd as at boot, and where no udev is asked.
unit() {
	ok "unit: open" systemd-run --quiet --wait -p DefaultDependencies=no \
	    "$V" open $D/plain $D/header-plain $N word
	ok "unit: close" systemd-run --quiet --wait -p DefaultDependencies=no \
	    "$V" close $N
	clean "unit"
	ok "no udev: open" env DM_DISABLE_UDEV=1 "$V" open $D/plain \
	    $D/header-plain $N word
	ok "no udev: close" env DM_DISABLE_UDEV=1 "$V" close $N
	clean "no udev"
	[ ! -e /dev/mapper/$N ] || fail "no udev: the node stays"
}

modprobe loop
mkdir -p $D/mnt || exit 1
chmod 755 $D
truncate -s 40M $D/tagged $D/plain $D/cut
story tagged $D/tagged
story plain $D/plain
flipped
cut_off
tables
stock
unit
no 1 "mkfs.ext4" "mkfs of nothing" "$V" mkfs $N
no 1 "cannot be mounted" "mount of nothing" "$V" mount $N $D/mnt
s=$((40 * 2048))
ok "a block device" dmsetup create --verifyudev volume-test-part-with-a-long-name-that-is-a-link-only-to-it \
    --table "0 $s linear $DEVICE 0"
clean() {
	n=$((n + 1))
}
unmeasured() {
	:	# other programs have read these files by now
}
story tagged /dev/mapper/volume-test-part-with-a-long-name-that-is-a-link-only-to-it
ok "the block device" dmsetup remove volume-test-part-with-a-long-name-that-is-a-link-only-to-it
rm -rf $D
echo "ok $n checks"
