#!/bin/sh
# lanes: plain
#
# The runner on a tree of made-up tests: each kind of result gets its word, and
# what should fail a run does.  Else a broken runner would look like success.

tid=runner
. "$(dirname "$0")/../lib.sh"

T=$WORK/tree
mkdir -p "$T/privsep" "$T/regress/unit" "$T/regress/e2e" "$T/t"
cp -r "$TOP/GNUmakefile" "$TOP/mk" "$T/"
cp "$TOP/privsep/libexecdir.c" "$TOP/privsep/libexecdir.h" "$T/privsep/"
for f in run lib.sh reap.c rules.mk unit/check.h; do
	cp "$TOP/regress/$f" "$T/regress/$f"
done

# name, statement of a C program
program()
{
	cat >"$T/t/$1.c" <<EOT
#include <errno.h>
#include <unistd.h>
#include "regress/unit/check.h"

int
main(void)
{
	test_begin("$1");
	$2
	return test_end();
}
EOT
	printf 'TEST += unit/%s\nSRCS_unit/%s = t/%s.c\n' "$1" "$1" "$1" \
	    >>"$T/t/rules.mk"
}

# name, what the script does
script()
{
	printf '#!/bin/sh\ntid=%s\n. "$(dirname "$0")/../lib.sh"\n%s\n' \
	    "$1" "$2" >"$T/regress/e2e/$1.sh"
}

# pattern or nothing; output in out
runner()
{
	env -u TOP -u BUILD -u VARIANT -u NOBUILD SKIP_VM="${3:-}" \
	    T="${1:-}" LANES="${2:-plain valgrind}" \
	    TMPDIR="$WORK" "$T/regress/run" >"$WORK/out" 2>&1
	runner_rc=$?
	# What the made-up failures keep is expected.
	rm -rf "$WORK"/cvm.*
}

expect()
{
	grep -qx -- "$1" "$WORK/out" || {
		cat "$WORK/out"
		fail "expected: $1"
	}
}

program good 'CHECK(1 == 1);'
program bad 'CHECK(1 == 2);'
program empty ''
program crash 'abort();'
program leak 'char *volatile p = malloc(100); CHECK(p != NULL); p = NULL;'
program away 'test_skip("no moon");'
script good 'exit 0'
script bad 'fail "for a reason"'
script skipped 'skip "no TPM here"'
script disabled 'disabled "issue 99"'
script unsaid 'trap - EXIT; rm -r "$WORK"; exit 77'
script process 'sleep 600 & exit 0'
script daemon 'setsid sh -c "exec sleep 600" & exit 0'
script files 'touch "$TMPDIR/forgotten"; exit 0'
script ended 'at_end "echo second"; at_end "echo first"; exit 0'
script slow 'at_end "echo was told"; sleep 600 & wait'
sed -i 's/^E2E_LIMIT=.*/E2E_LIMIT=4/' "$T/regress/run"

trace "all of them"
runner
cat "$WORK/out"
[ $runner_rc -eq 1 ] || fail "exit status $runner_rc, not 1"
expect 'ok build'
expect 'ok unit/good'
expect 'FAIL unit/bad: exit status 1'
expect 'FAIL unit/empty: exit status 1'
expect 'FAIL unit/crash: exit status 134'
expect 'ok unit/leak'
expect 'FAIL valgrind/unit/leak: .*'
expect 'ok valgrind/unit/good'
expect 'SKIPPED unit/away no moon'
expect 'ok e2e/good'
expect 'FAIL e2e/bad: exit status 1'
expect '	| FAIL bad: for a reason'
expect 'SKIPPED e2e/skipped no TPM here'
expect 'DISABLED e2e/disabled issue 99'
expect 'FAIL e2e/unsaid: skipped without a reason'
expect 'FAIL e2e/process: left processes behind'
expect 'FAIL e2e/daemon: left processes behind'
expect 'FAIL e2e/files: left files behind .*'
expect 'FAIL e2e/slow: time limit'
expect '	| was told'
expect 'ok e2e/ended'
printf 'first\nsecond\n' | diff - "$T/build/plain/regress/e2e/ended.log" ||
    fail "order of at_end"
tail -n 1 "$WORK/out" | grep -qx '7 passed, 13 failed, 4 skipped' ||
    fail "wrong count"

trace "two at a time, and none left when the run is interrupted"
script meet-a 'touch "$WORK/../../met-a"; until [ -e "$WORK/../../met-b" ]; do sleep 0.1; done'
script meet-b 'touch "$WORK/../../met-b"; until [ -e "$WORK/../../met-a" ]; do sleep 0.1; done'
sed -i 's/^E2E_LIMIT=.*/E2E_LIMIT=120/' "$T/regress/run"
JOBS=2 runner 'e2e/meet-*' plain
rm -f "$WORK"/met-*
[ $runner_rc -eq 0 ] || { cat "$WORK/out"; fail "one after the other"; }
rm "$T"/regress/e2e/meet-*
script long 'echo $$ >"$WORK/../../long"; sleep 600 & wait'
env -u TOP -u BUILD -u VARIANT T=e2e/long TMPDIR="$WORK" "$T/regress/run" \
    >"$WORK/out" 2>&1 &
run=$!
until [ -s "$WORK/long" ]; do
	kill -0 $run 2>/dev/null || { cat "$WORK/out"; fail "no long test"; }
	sleep 0.1
done
kill $run
wait $run && fail "an interrupted run succeeded"
grep -qx interrupted "$WORK/out" || { cat "$WORK/out"; fail "not said"; }
kill -0 "$(cat "$WORK/long")" 2>/dev/null && fail "the test goes on"
rm -rf "$WORK"/cvm.* "$WORK/long" "$T/regress/e2e/long.sh"

trace "nothing but skipped is no success"
runner e2e/skipped
[ $runner_rc -eq 0 ] || fail "the build alone counts as passed"
runner e2e/nosuch
expect 'no test is called e2e/nosuch'
[ $runner_rc -eq 1 ] || fail "a run of nothing succeeded"

trace "the virtual machine's lane"
mkdir "$T/regress/vm"
printf '#!/bin/sh\nexit 0\n' >"$T/regress/vm/image"
cp "$T/regress/vm/image" "$T/regress/vm/good.sh"
printf '#!/bin/sh\nexit 1\n' >"$T/regress/vm/bad.sh"
echo exit 1 >"$T/regress/vm/common.sh"
printf '#!/bin/sh\nexit 0\n' >"$T/mk/packages"
chmod 755 "$T"/regress/vm/* "$T/mk/packages"
runner '' vm
expect 'ok vm/image'
expect 'ok vm/good'
expect 'FAIL vm/bad: exit status 1'
tail -n 1 "$WORK/out" | grep -qx '3 passed, 1 failed, 0 skipped' ||
    { cat "$WORK/out"; fail "wrong count"; }
runner vm/good vm
[ $runner_rc -eq 0 ] || fail "exit status $runner_rc, not 0"
runner '' vm 1
expect 'SKIPPED vm SKIP_VM is set'
printf '#!/bin/sh\nexit 1\n' >"$T/regress/vm/image"
runner vm/good vm
expect 'FAIL vm/image: exit status 1'
[ $runner_rc -eq 1 ] || fail "exit status $runner_rc, not 1"
cp "$T/regress/vm/image" "$T/mk/packages"
runner vm/good vm
expect 'FAIL vm/packages: not installed'
[ $runner_rc -eq 1 ] || fail "exit status $runner_rc, not 1"

trace "success, one test, and a tree that does not build"
runner unit/good
tail -n 1 "$WORK/out" | grep -qx '4 passed, 0 failed, 0 skipped' ||
    { cat "$WORK/out"; fail "wrong count"; }
[ $runner_rc -eq 0 ] || fail "exit status $runner_rc, not 0"
echo 'int x' >>"$T/t/good.c"
runner unit/good plain
expect 'FAIL build: does not build'
tail -n 1 "$WORK/out" | grep -qx '0 passed, 1 failed, 0 skipped' ||
    fail "wrong count"
[ $runner_rc -eq 1 ] || fail "exit status $runner_rc, not 1"
exit 0
