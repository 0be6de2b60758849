#!/bin/sh
# The demo runs through, each step with the exit code it must have, and leaves
# no process, mount or socket folder.
tid=demo
. "$(dirname "$0")/../lib.sh"

[ -x "$BIN/cosmian_vm" ] || fail "no client: make programs"
# Sockets of this demo only: other tests may run beside it.
TMPDIR=$WORK
export TMPDIR
DEMO_DIR=$WORK/demo timeout 300 "$SIM/demo" >"$WORK/out" 2>&1 || {
	cat "$WORK/out"
	fail "the demo ended with $?"
}
grep -q 'That was all' "$WORK/out" || fail "the demo did not come to its end"
[ -z "$(find "$WORK" -maxdepth 1 -name 'cvm.*')" ] || fail "a socket folder is left"
grep -q " $WORK/" /proc/self/mounts && fail "a mount is left"
for p in /proc/[0-9]*; do
	case $(tr '\0' ' ' <"$p/cmdline" 2>/dev/null) in
	*"$WORK/demo"*) fail "process ${p#/proc/} is left" ;;
	esac
done
exit 0
