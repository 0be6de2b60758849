#!/bin/sh
# The simulated secure processor: errors and generations of configfs-tsm, and
# reports which a stranger with openssl accepts.
tid=sim-tsm
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"
sim_up "$WORK/sim" --no-agent
e=$TSM_DIR/entry

# must_fail ERROR-TEXT COMMAND
must_fail()
{
	if text=$(sh -c "$2" 2>&1 >/dev/null); then
		fail "$2: must fail with $1"
	fi
	case $text in
	*"$1"*) ;;
	*) fail "$2: '$text' is not '$1'" ;;
	esac
}

generation()
{
	[ "$(cat "$e/generation")" = "$1" ] || fail "generation is not $1: $2"
}

trace "errors as the kernel gives them"
mkdir "$e" || fail "mkdir"
generation 0 "at first"
must_fail "Invalid argument" "cat $e/outblob"
must_fail "Invalid argument" "cat $e/auxblob"
must_fail "File exists" "mkdir $e"
must_fail "Operation not permitted" "mkdir $e/sub"
must_fail "Permission denied" "cat $e/inblob"
must_fail "Permission denied" "echo x >$e/outblob"
must_fail "Invalid argument" "echo 4 | tee $e/privlevel"
must_fail "File too large" "head -c 65 /dev/zero >$e/inblob"
must_fail "Operation not permitted" "rm $e/inblob"
generation 0 "after refused writes"
[ "$(cat "$e/provider")" = sev_guest ] || fail "provider"
[ "$(cat "$e/privlevel_floor")" = 0 ] || fail "privlevel_floor"

trace "a report over our bytes"
head -c 64 /dev/urandom >"$WORK/data"
cat "$WORK/data" >"$e/inblob"
generation 1 "after inblob"
cat "$e/outblob" >"$WORK/out" && cat "$e/auxblob" >"$WORK/aux" ||
    fail "no report"
"$SIM/snp-check.py" "$WORK/out" "$WORK/aux" "$WORK/data" "$TRUST_ROOT" \
    "$WORK" || fail "the report is not good"
echo 2 >"$e/privlevel"
generation 2 "after privlevel"
[ "$(od -An -tu4 -j48 -N4 "$e/outblob" | tr -d ' ')" = 2 ] || fail "vmpl"
head -c 32 /dev/zero >"$e/inblob"
must_fail "Invalid argument" "cat $e/outblob"

trace "an inblob takes effect at the last close"
exec 8>"$e/inblob"
cat "$WORK/data" >&8
generation 3 "before the close"
exec 8>&-
generation 4 "after the close"

trace "a write while the report is made: EWOULDBLOCK"
echo 800 >"$HIERARCHY/delay-ms"
(sleep 0.3; echo 1 >"$e/privlevel") &
must_fail "temporarily unavailable" "cat $e/outblob"
wait
rm "$HIERARCHY/delay-ms"

trace "control files"
echo 2 >"$HIERARCHY/version"
cat "$WORK/data" >"$e/inblob"
cat "$e/outblob" >"$WORK/out"
"$SIM/snp-check.py" "$WORK/out" "$WORK/aux" "$WORK/data" "$TRUST_ROOT" \
    "$WORK" || fail "version 2"
head -c 64 /dev/urandom >"$HIERARCHY/frozen-report-data"
cat "$WORK/data" >"$e/inblob"
cat "$e/outblob" >"$WORK/out"
"$SIM/snp-check.py" "$WORK/out" "$WORK/aux" \
    "$HIERARCHY/frozen-report-data" "$TRUST_ROOT" "$WORK" || fail "frozen"
echo 100 >"$HIERARCHY/garbage"
cat "$WORK/data" >"$e/inblob"
[ "$(wc -c <"$e/outblob")" -eq 100 ] || fail "garbage"

trace "down leaves no mount and no process"
rmdir "$e" || fail "rmdir"
sockdir=$SOCKDIR
pids=$(cut -d' ' -f1 "$DIR/run/swtpm" "$DIR/run/tsmfs")
sim_down "$WORK/sim"
grep -q " $WORK/sim/tsm " /proc/self/mounts && fail "still mounted"
[ ! -e "$sockdir" ] || fail "$sockdir is left"
for p in $pids; do
	case $(cat "/proc/$p/comm" 2>/dev/null) in
	swtpm|tsmfs) grep -q '^State:.*Z' "/proc/$p/status" ||
	    fail "process $p is left" ;;
	esac
done
"$SIM/down" "$WORK/sim" || fail "down twice"
exit 0
