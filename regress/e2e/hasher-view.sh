#!/bin/sh
# What hasher can reach: no /proc, no /sys, no data_dir, no TLS key.
# lanes: plain
tid=hasher-view
. "$(dirname "$0")/../lib.sh"

sim_up "$WORK/sim" --roots /
trace "hasher is stopped at its work"
curl -sk -o /dev/null "$URL/snapshot" || fail "GET /snapshot"
i=0
until hasher=$(pgrep -P "$AGENT_PID" -f "^agent-hasher ") &&
    [ "$(awk '/^Uid/ { print $2 }' "/proc/$hasher/status")" != 0 ]; do
	i=$((i + 1))
	[ $i -lt 200 ] || fail "no hasher"
	sleep 0.02
done
kill -STOP "$hasher"
at_end "kill -KILL $hasher 2>/dev/null || :"

# 5 the records, 6 the IMA log, 7 the tree
tree=/proc/$hasher/fd/7
[ -d "$tree/usr" ] || fail "that is not the tree"
for d in /proc /sys "$DATA_DIR"; do
	[ -d "$tree$d" ] || fail "$d is not there at all"
	[ -z "$(ls -A "$tree$d")" ] || fail "$d can be seen"
done
