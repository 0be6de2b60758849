#!/bin/sh
# lanes: plain
#
# cosmian_vm-policy(5) has exactly the keys that the code takes, section by
# section, and names what stands in minimum_tcb.

tid=policy-page
. "$(dirname "$0")/../lib.sh"

page=$TOP/cli/cosmian_vm-policy.5
code=$TOP/evidence/rules_json.c

# "section key" of each item; base is read before the table.
awk '
	/^\.Ss / { section = $2 == "Top" ? "NULL" : $2 }
	/^\.Ss The / || /^\.Sh / { section = "" }
	/^\.It Va / && section != "" {
		for (i = 3; i <= NF; i++)
			if ($i != "," && $i != "base")
				print section, $i
	}' "$page" | sort >"$WORK/page"
sed -n 's/^	{ "*\([A-Za-z]*\)"*, "\([a-z0-9_]*\)", M_.*/\1 \2/p' "$code" |
    sort >"$WORK/code"
[ -s "$WORK/code" ] || fail "no keys found in $code"
diff "$WORK/page" "$WORK/code" || fail "< only in the page, > only in the code"
grep -q '"base"' "$code" && grep -q '^\.It Va base$' "$page" || fail "base"

trace "parts of minimum_tcb, products, results"
for word in $(sed -n 's/^		{ "\([a-z_]*\)", offsetof(struct snp_floor.*/\1/p' \
    "$code") Milan Genoa Turin allow warn refuse; do
	grep -qw -- "$word" "$page" || fail "the page does not name $word"
done
rm -f "$WORK/page" "$WORK/code"
