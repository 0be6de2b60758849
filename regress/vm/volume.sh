#!/bin/sh
# The container's modules on a real device mapper: format, wipe, open, mount,
# close, and tables that were made by others.
#
# only: regress-vm
# usage: volume.sh
. "$(dirname "$0")/common.sh"

work_make
machine_up pvh
vm put "$top/build/$VARIANT/test/vm/tools/volumetool" /root/volumetool &&
    vm put "$top/regress/vm/tools/volume-guest.sh" /root/volume-guest.sh ||
	exit 1
CALL_LIMIT=$((4 * CALL_LIMIT)) vm in \
    sh /root/volume-guest.sh /root/volumetool $DATA
