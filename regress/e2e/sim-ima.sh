#!/bin/sh
# "measure" writes every template and extends every bank as the kernel does:
# an independent replay of the list gives the value in the TPM.
tid=sim-ima
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"
command -v tpm2_pcrread >/dev/null || skip "no tpm2-tools"
sim_up "$WORK/sim" --no-agent
export IMA_DIR TPM_SOCKET
measure=$TEST/sim/measure

# The value in the TPM equals the replay, both banks.
check()
{
	"$SIM/ima-replay.py" "$IMA_DIR/binary_runtime_measurements" \
	    >"$WORK/replay" || fail "$1: the list does not replay"
	for bank in sha1 sha256; do
		want=$(sed -n "s/^$bank //p" "$WORK/replay")
		have=$(tpm2_pcrread -T "swtpm:path=$TPM_SOCKET" "$bank:10" |
		    sed -n 's/.*0x//p' | tr A-F a-f)
		[ -n "$have" ] && [ "$want" = "$have" ] ||
		    fail "$1: PCR 10 ($bank) is $have, replay $want"
	done
}

check "after boot"
read -r n <"$WORK/replay"
[ "${n#entries }" -ge 3 ] || fail "too few entries after boot"
head -n 1 "$IMA_DIR/ascii_runtime_measurements" | grep -q boot_aggregate ||
    fail "boot_aggregate is not first"

trace "every template"
echo hello >"$WORK/a program"
for t in ima ima-ng ima-sig ima-ngv2 ima-sigv2 ima-buf ima-modsig evm-sig; do
	"$measure" --template $t "$WORK/a program" || fail "$t"
	"$measure" --template $t --sig 030204aabb --modsig 3082aa \
	    --xattr security.ima=0102 --xattr security.selinux=ff \
	    "$WORK/a program" || fail "$t with signatures"
	check "$t"
done
grep -q "ima-ng sha256:[0-9a-f]* $WORK/a_program$" \
    "$IMA_DIR/ascii_runtime_measurements" || fail "blanks become underscores"
grep -q "ima-sig sha256:[0-9a-f]* $WORK/a_program $" \
    "$IMA_DIR/ascii_runtime_measurements" || fail "empty signature"
grep -q "evm-sig .* security.ima|security.selinux 0200000001000000 0102ff" \
    "$IMA_DIR/ascii_runtime_measurements" || fail "xattr fields"

trace "violation, given digest, other hash, other PCR"
"$measure" --violation --name /var/log/x "$WORK/a program" || fail "violation"
check "violation"
"$measure" --name /usr/bin/evil --digest 00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff --algo sha1 x ||
    fail "digest"
"$measure" --algo sha512 "$WORK/a program" || fail "sha512"
"$measure" --pcr 11 "$WORK/a program" || fail "PCR 11"
check "others"
[ "$(wc -l <"$IMA_DIR/ascii_runtime_measurements")" = \
    "$("$SIM/ima-replay.py" "$IMA_DIR/binary_runtime_measurements" |
    sed -n 's/^entries //p')" ] || fail "the two lists differ in length"

trace "twenty at once"
i=0
while [ $i -lt 20 ]; do
	"$measure" "$WORK/a program" &
	i=$((i + 1))
done
wait
check "at once"

trace "a lying kernel"
cp "$IMA_DIR/binary_runtime_measurements" "$WORK/before"
"$measure" --no-extend "$WORK/a program" || fail "--no-extend"
want=$("$SIM/ima-replay.py" "$WORK/before" sha256)
[ "$want" != "$("$SIM/ima-replay.py" "$IMA_DIR/binary_runtime_measurements" \
    sha256)" ] || fail "nothing appended"

"$SIM/machine" "$DIR" reboot || fail "reboot"
"$measure" "$WORK/a program" || fail "measure"
sed 3d "$IMA_DIR/ascii_runtime_measurements" >"$WORK/ascii"
"$measure" --remove 2 || fail "--remove"
cmp -s "$WORK/ascii" "$IMA_DIR/ascii_runtime_measurements" ||
    fail "--remove: ASCII list"
[ "$("$SIM/ima-replay.py" "$IMA_DIR/binary_runtime_measurements" |
    sed -n 's/^entries //p')" = "$(wc -l <"$WORK/ascii")" ] ||
    fail "--remove: binary list"

trace "reboot and another TPM"
"$SIM/machine" "$DIR" reboot || fail "reboot"
check "reboot"
"$SIM/machine" "$DIR" swap-tpm || fail "swap-tpm"
check "swap-tpm"
exit 0
