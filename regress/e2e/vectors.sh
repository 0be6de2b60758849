#!/bin/sh
# lanes: plain
#
# Every case of the manifest of the shared vectors whose kind is known: the
# verdict right, every claim that the manifest names equal.  ARGS are options
# of vectors.py, for example ARGS="-k snp-report -v".

tid=vectors
. "$(dirname "$0")/../lib.sh"

[ -e "$VECTORS/manifest.json" ] || skip "no vectors"
[ -x "$TEST/unit/kinds/judge" ] || fail "unit/kinds/judge is not built"

# shellcheck disable=SC2086
python3 "$TOP/regress/e2e/vectors.py" ${ARGS:-} "$VECTORS" \
    "$TEST/unit/kinds/judge" || fail "see above"
