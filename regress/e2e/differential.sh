#!/bin/sh
# lanes: plain
#
# The same quotes, logs, lists and certificates to our code and to tools that
# others wrote: tpm2_checkquote, tpm2_eventlog, evmctl, openssl.  Where they
# differ, differential.py names the clause that says who is right.

tid=differential
. "$(dirname "$0")/../lib.sh"

[ -e "$VECTORS/manifest.json" ] || skip "no vectors"
[ -x "$TEST/unit/kinds/judge" ] || fail "unit/kinds/judge is not built"
found=
for t in tpm2_checkquote tpm2_eventlog evmctl openssl; do
	command -v "$t" >/dev/null && found=yes
done
[ -n "$found" ] || skip "no other tool"

python3 "$TOP/regress/e2e/differential.py" "$VECTORS" "$WORK" \
    "$TEST/unit/kinds/judge" || fail "see above"
