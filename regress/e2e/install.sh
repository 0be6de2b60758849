#!/bin/sh
# lanes: plain
#
# make install puts everything under DESTDIR, the programs know PREFIX and not
# the build folder, test programs stay away, agent.toml is not overwritten.

tid=install
. "$(dirname "$0")/../lib.sh"

D=$WORK/dest
P=/opt/installed

do_install()
{
	"${MAKE:-make}" --no-print-directory -C "$TOP" install-files \
	    DESTDIR="$D" PREFIX=$P SYSCONFDIR=/etc || fail "make install"
}

trace "install"
do_install
agent=$D$P/sbin/cosmian_vm_agent
for f in "$agent" "$D$P/bin/cosmian_vm" "$D$P/sbin/cosmian_fstool" \
    "$D$P/libexec/cosmian_vm/agent-web" \
    "$D$P/libexec/cosmian_vm/agent-net" "$D/etc/cosmian_vm/agent.toml" \
    "$D$P/share/cosmian_vm/ima-policy" \
    "$D$P/share/man/man8/cosmian_vm_agent.8" \
    "$D$P/lib/systemd/system/var-lib-cosmian_vm-tmp.mount"; do
	[ -e "$f" ] || fail "not installed: ${f#"$D"}"
done
[ "$(stat -c %a "$D/etc/cosmian_vm/agent.toml")" = 600 ] ||
    fail "agent.toml is readable by others"

trace "the folder it starts its roles from"
grep -qF "$P/libexec/cosmian_vm" "$agent" || fail "PREFIX is not in the program"
for f in "$agent" "$D$P/bin/cosmian_vm"; do
	strings -n 4 "$f" | grep -xF "$LIBEXEC" &&
	    fail "$f would start programs of the build folder"
done

trace "the program it runs at first launch"
strings -n 4 "$agent" | grep -xqF "$P/sbin/cosmian_fstool" ||
    fail "cosmian_fstool would be looked for elsewhere"

trace "units"
for unit in mount_luks.service cosmian_vm-cap.service cosmian_vm_agent.service; do
	f=$D$P/lib/systemd/system/$unit
	[ -e "$f" ] || fail "not installed: $unit"
	grep -n '@[A-Z]*@' "$f" && fail "$unit: a folder without a name"
done
mkdir "$WORK/units"
# the programs lie elsewhere, and only here
for f in "$D$P"/lib/systemd/system/*; do
	sed "s|=$P/|=$D$P/|" "$f" >"$WORK/units/${f##*/}"
done
if command -v systemd-analyze >/dev/null; then
	systemd-analyze --man=no --recursive-errors=no verify \
	    "$WORK"/units/* >"$WORK/verify" 2>&1
	rc=$?
	cat "$WORK/verify"
	[ $rc -eq 0 ] && ! grep -q "$WORK/units" "$WORK/verify" ||
	    fail "systemd-analyze verify"
	sed -i 's/^Type=oneshot/Typ=oneshot/' "$WORK/units/mount_luks.service"
	systemd-analyze --man=no --recursive-errors=no verify \
	    "$WORK/units/mount_luks.service" 2>&1 | grep -q "Typ" ||
	    fail "systemd-analyze sees nothing"
fi

trace "no test program"
find "$D" -name '*evil*' | grep . && fail "a test program is installed"

trace "an edited agent.toml stays"
echo '# edited' >>"$D/etc/cosmian_vm/agent.toml"
do_install
grep -qx '# edited' "$D/etc/cosmian_vm/agent.toml" || fail "overwritten"
exit 0
