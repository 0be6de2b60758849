#!/bin/sh
#
# A sample of `make mutate`: seeded flips and truncations of each file of each
# accepted case.  Nothing may be accepted but by rule, and no process dies.

tid=mutate
. "$(dirname "$0")/../lib.sh"

[ -x "$TEST/mutate/mutate" ] || fail "mutate/mutate is not built"
flips=20
[ "$VARIANT" = plain ] || flips=3
cases=$WORK/cases
echo '[]' >"$cases"
if [ -e "$VECTORS/manifest.json" ]; then
	python3 "$TOP/regress/e2e/vectors.py" -l "$VECTORS" >"$cases" ||
	    fail "vectors.py"
fi
cd "$TOP" || fail "$TOP"
"$TEST/mutate/mutate" -n $flips -j 2 "$cases" || fail "see above"

trace "a change that is accepted is found"
"$TEST/mutate/mutate" -n 2 -x -k ima-binary >"$WORK/out" 2>&1 &&
    fail "nothing was said"
grep -q '^WRONG .*: accepted' "$WORK/out" || fail "$(cat "$WORK/out")"
rm -f "$WORK/out" "$cases"
