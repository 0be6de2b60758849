#!/bin/sh
# The container in a real machine: recovery key, another kernel, reseal after
# and before an update, and stock tools both ways.
#
# only: regress-vm
# usage: fstool.sh	(make regress-vm)
. "$(dirname "$0")/common.sh"

two="--header /root/h2 --location /root/c2 --mount /root/m2 --name two"
three="--header /root/h3 --location /root/c3 --mount /root/m3 --name three"

# guest WORDS COMMANDS: they succeed, and say it
guest() {
	vm in "set -e; $2" >"$work/out" 2>&1 || fail "in the guest: $2"
	[ -z "$1" ] || said "$1"
}

# denied WORDS COMMANDS: the last one fails, and says why
denied() {
	vm in "$2" >"$work/out" 2>&1 && fail "not refused: $2"
	said "$1"
}

start() {
	step "a machine, and a recovery key" </dev/null
	machine_up boot
	agent_wait
	guest "epoch: *2" 'cosmian_fstool recovery-key -o /root/rk
	echo kept >/var/lib/cosmian_vm/data/file
	cosmian_fstool status'
	denied "exists" 'cosmian_fstool create --size 64M --password file:/root/rk'
}

after_an_update() {
	step "another kernel: recovery key, reseal" </dev/null
	vm stop
	vm start other || fail "it does not start"
	unit_said "not unsealed" mount_luks
	vm in 'systemctl stop cosmian_vm_agent'
	denied "not unsealed" 'cosmian_fstool open'
	guest "kept" 'cosmian_fstool open --password file:/root/rk
	cat /var/lib/cosmian_vm/data/file
	cosmian_fstool reseal'
	guest "nothing is changed" 'cosmian_fstool reseal'
	vm reboot || fail "it does not start"
	agent_wait
	unit_said "Mounted" mount_luks
}

before_an_update() {
	step "reseal for the kernel that is started next" </dev/null
	vm put "$IMAGE/boot.efi" /root/boot.efi || fail "no image"
	guest "" 'cosmian_fstool reseal --next-boot /root/boot.efi'
	vm stop
	vm start boot || fail "it does not start"
	agent_wait
	unit_said "Mounted" mount_luks
	guest "kept" 'cat /var/lib/cosmian_vm/data/file'
}

# Sealed to what is the same late in a boot; the next one is not capped.
stock_make() {
	step "containers for and of stock tools" </dev/null
	guest "Slot" "printf password >/root/pw; chmod 600 /root/pw
	cosmian_fstool create $two --size 64M --pcrs 4,7 --bind tpm \\
	    --password file:/root/pw
	echo ours >/root/m2/file
	cosmian_fstool close --mount /root/m2 --name two
	cryptsetup luksDump /root/h2
	cryptsetup open --test-passphrase --key-file /root/pw /root/h2
	cryptsetup luksDump /root/h2 | sed 's/^  0: luks2/Slot/'
	systemctl -q disable mount_luks cosmian_vm-cap cosmian_vm_agent"
	vm reboot || fail "it does not start"
}

stock_opens_ours() {
	step "systemd-cryptsetup opens ours" </dev/null
	guest "ours" "loop=\$(losetup -f --show /root/c2)
	/lib/systemd/systemd-cryptsetup attach stock \$loop - \\
	    tpm2-device=auto,header=/root/h2,headless=1
	mount -o ro /dev/mapper/stock /root/m2
	cat /root/m2/file
	umount /root/m2
	/lib/systemd/systemd-cryptsetup detach stock
	losetup -d \$loop"
}

ours_opens_stock() {
	step "ours opens one of systemd-cryptenroll, once it is taken in" </dev/null
	guest "" "truncate -s 32M /root/c3
	cryptsetup luksFormat -q --header /root/h3 --pbkdf argon2id \\
	    --pbkdf-memory 65536 --pbkdf-force-iterations 4 /root/c3 /root/pw
	PASSWORD=password systemd-cryptenroll --tpm2-device=auto \\
	    --tpm2-pcrs=4+7 /root/h3
	cryptsetup open --header /root/h3 --key-file /root/pw /root/c3 stock
	mkfs.ext4 -q /dev/mapper/stock
	cryptsetup close stock
	chmod 600 /root/h3 /root/c3
	mkdir -m 700 /root/m3"
	denied "no record" "cosmian_fstool open $three"
	guest "mapper/three" "cosmian_fstool adopt --header /root/h3 \\
	    --password file:/root/pw
	cosmian_fstool open $three
	findmnt -no SOURCE /root/m3
	cosmian_fstool close --mount /root/m3 --name three"
}

work_make
start
after_an_update
before_an_update
stock_make
stock_opens_ours
ours_opens_stock
step "done" </dev/null
exit 0
