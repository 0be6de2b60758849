#!/bin/sh
# The container's modules on a real device mapper: format, wipe, open, mount,
# close, and tables that were made by others.
#
# usage: volume.sh
. "$(dirname "$0")/common.sh"

work=$(mktemp -d /tmp/cvmv.XXXXXX) || exit 1
M=$work/machine
vm() {
	"$top/regress/vm/vm" "$M" "$@"
}

finish() {
	rc=$?
	[ $rc -eq 0 ] || [ ! -f "$M/serial.log" ] || tail -n 20 "$M/serial.log"
	[ ! -f "$M/env" ] || vm down
	rm -rf "$work"
	exit $rc
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

vm up pvh >/dev/null || exit 1
vm put "$top/build/$VARIANT/test/vm/tools/volumetool" /root/volumetool &&
    vm put "$top/regress/vm/tools/volume-guest.sh" /root/volume-guest.sh ||
	exit 1
CALL_LIMIT=$((4 * CALL_LIMIT)) vm in \
    sh /root/volume-guest.sh /root/volumetool /dev/nvme0n3
