#!/bin/sh
# An interrupted, refused or failed run never replaces an existing snapshot,
# and leaves neither a temporary file nor a process.
tid=snapshot-file
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/client.sh"

mkdir "$WORK/tree" "$WORK/keep"
# Hashing it takes long enough to be interrupted, on any machine.
truncate -s 3000M "$WORK/tree/long"
sim_up "$WORK/sim" --roots "$WORK/tree"
root="--trust-root $TRUST_ROOT"
echo "precious" >"$WORK/keep/snap"

untouched()
{
	[ "$(cat "$WORK/keep/snap")" = precious ] || fail "$1: replaced"
	[ "$(ls -A "$WORK/keep")" = snap ] ||
	    fail "$1: left $(ls -A "$WORK/keep" | tr '\n' ' ')"
}

# wait_until COMMAND...
wait_until()
{
	n=0
	until "$@"; do
		n=$((n + 1))
		[ $n -lt 1200 ] || return 1
		sleep 0.05
	done
}

asked()
{
	[ "$(grep -c '"GET /snapshot" 202' "$AGENT_LOG")" -ge "$1" ]
}

all_gone()
{
	for p; do
		[ ! -d "/proc/$p" ] || grep -q '^State:.*Z' "/proc/$p/status" ||
		    return 1
	done
}

count=0
for signal in INT TERM HUP KILL; do
	trace "SIG$signal while the agent hashes"
	count=$(($(grep -c '"GET /snapshot" 202' "$AGENT_LOG") + 1))
	# what is ignored here (INT in the background, HUP under nohup) the
	# client would go on to ignore
	setsid env --default-signal=INT,HUP,TERM "$BIN/cosmian_vm" --url "$URL" \
	    --allow-insecure-tls snapshot -o "$WORK/keep/snap" $root \
	    >"$WORK/out" 2>&1 &
	pid=$!
	wait_until asked $count || fail "no request"
	pids="$pid $(cat "/proc/$pid/task/$pid/children")"
	[ "$(echo $pids | wc -w)" -eq 3 ] || fail "not three processes: $pids"
	kill -$signal $pid
	wait $pid
	rc=$?
	[ $rc -gt 128 ] || { cat "$WORK/out"; fail "SIG$signal: status $rc"; }
	wait_until all_gone $pids || fail "processes are left: $pids"
	untouched "SIG$signal"
done

trace "the agent dies meanwhile"
count=$(($(grep -c '"GET /snapshot" 202' "$AGENT_LOG") + 1))
"$BIN/cosmian_vm" --url "$URL" --allow-insecure-tls snapshot \
    -o "$WORK/keep/snap" $root >"$WORK/out" 2>&1 &
pid=$!
wait_until asked $count || fail "no request"
kill -9 "$AGENT_PID"
wait $pid
[ $? -eq 1 ] || { cat "$WORK/out"; fail "not exit status 1"; }
untouched "dead agent"
rm "$WORK/tree/long"
echo small >"$WORK/tree/small"
"$SIM/agent" "$DIR" restart || fail restart

trace "refused"
head -c 64 /dev/urandom >"$HIERARCHY/frozen-report-data"
client 3 snapshot -o "$WORK/keep/snap" $root
untouched refused
rm "$HIERARCHY/frozen-report-data"
client 3 snapshot -o "$WORK/keep/snap"
untouched "no trust root"

trace "nowhere to write"
mkdir "$WORK/ro"
client 1 snapshot -o "$WORK/none/snap" $root
client 1 snapshot -o "$WORK/tree" $root
[ -d "$WORK/tree" ] || fail "a folder is replaced"
mount -t tmpfs -o size=4k none "$WORK/ro" || skip "no tmpfs"
at_end 'umount "$WORK/ro" 2>/dev/null'
head -c 4096 /dev/zero >"$WORK/ro/fill"
client 1 snapshot -o "$WORK/ro/snap" $root
[ "$(ls -A "$WORK/ro")" = fill ] || fail "something is left on a full disk"
umount "$WORK/ro"

trace "and a good one does replace it, in one step"
exec 5<"$WORK/keep/snap"
client 0 snapshot -o "$WORK/keep/snap" $root
[ "$(cat <&5)" = precious ] || fail "written over in place"
exec 5<&-
grep -q '"cvm"' "$WORK/keep/snap" || fail "not a snapshot"
[ "$(ls -A "$WORK/keep")" = snap ] || fail "something is left"
exit 0
