#!/bin/sh
# lanes: plain
#
# For each check in evidence/ that can refuse there is a test that expects it.

tid=checks-covered
. "$(dirname "$0")/../lib.sh"

python3 "$TOP/regress/e2e/checks-covered.py" "$TOP" || fail "see above"
