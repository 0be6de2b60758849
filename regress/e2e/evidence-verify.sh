#!/bin/sh
# evidence verify and show, the real program: usage, files that are none, exit
# codes, and every case of the shared vectors.  ARGS are options of vectors.py,
# for example ARGS="-k snp-report -v".
tid=evidence-verify
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"

# ev EXIT WORD ARG...
ev()
{
	ev_want=$1 ev_word=$2
	shift 2
	timeout 60 "$BIN/cosmian_vm" evidence "$@" >"$WORK/out" 2>&1 </dev/null
	ev_rc=$?
	[ $ev_rc -eq "$ev_want" ] ||
	    fail "exit status $ev_rc, not $ev_want: $*: $(cat "$WORK/out")"
	grep -qF -e "$ev_word" "$WORK/out" ||
	    fail "$* does not say \"$ev_word\": $(cat "$WORK/out")"
}

head -c 1184 /dev/zero >"$WORK/zero"
: >"$WORK/empty"
good="--kind snp-report --file report=$WORK/zero"

trace "wrong usage is 2"
ev 2 "show and verify"
ev 2 "show and verify" frobnicate
ev 2 "--kind is missing" verify --file report="$WORK/zero"
ev 2 "no such kind" verify --kind nosuch --file report="$WORK/zero"
ev 2 "--file is missing" verify --kind snp-report
ev 2 "no role of snp-report" verify --kind snp-report --file quote="$WORK/zero"
ev 2 "not ROLE=PATH" verify --kind snp-report --file "$WORK/zero"
ev 2 "given twice" verify $good --file report="$WORK/zero"
for at in 2026-01-31 yesterday 2026-02-30T00:00:00Z 1769860800; do
	ev 2 "RFC 3339" verify $good --at $at
done
ev 2 "hexadecimal" verify $good --nonce 0g
ev 2 "hexadecimal" verify $good --nonce 012
ev 2 "hexadecimal" verify $good --nonce ""
ev 2 "hexadecimal" verify $good --report-data "$(printf %0258d 0)"
ev 2 "banks" verify $good --pcr md5:1=00
ev 2 "BANK:N=HEX" verify $good --pcr 1=00
ev 2 "not N=HEX" verify $good --pcr sha1:24="$(printf %040d 0)"
ev 2 "not N=HEX" verify $good --pcr sha1:1="$(printf %038d 0)"
ev 2 "given twice" verify $good --pcr sha1:1="$(printf %040d 0)" \
    --pcr sha1:01="$(printf %040d 1)"
ev 2 "not N=HEX" verify $good --rtmr 4="$(printf %096d 0)"
ev 2 "usage" verify $good --nosuch
ev 2 "usage" verify $good extra
ev 2 "show takes" show $good --nonce 00
ev 2 "show takes" show $good --trust-root "$WORK/zero"
timeout 60 "$BIN/cosmian_vm" --url https://localhost evidence verify $good \
    >"$WORK/out" 2>&1 && fail "--url with evidence verify"

trace "what cannot be judged is 1"
ev 1 "No such file" verify --kind snp-report --file report="$WORK/none"
ev 1 "Is a directory" verify --kind snp-report --file report="$WORK"
mkfifo "$WORK/fifo"
ev 1 "not a regular file" verify --kind snp-report --file report="$WORK/fifo"
ev 1 "not a regular file" verify --kind snp-report --file report=/dev/zero
truncate -s 200G "$WORK/huge" 2>/dev/null &&
    ev 1 "too large" verify --kind snp-report --file report="$WORK/huge"
ev 1 "needs --file" verify --kind snp-report --file vek="$WORK/zero"
ev 1 "No such file" verify $good --trust-root "$WORK/none"
ev 1 "No such file" verify $good --policy "$WORK/none"
ev 1 "No such file" verify $good --collateral "$WORK/none"
echo '{"nosuch":1}' >"$WORK/policy"
ev 1 "--policy" verify $good --policy "$WORK/policy"
mkdir "$WORK/many"
for i in 1 2 3 4 5 6 7 8; do
	touch "$WORK/many/a$i" "$WORK/many/b$i" "$WORK/many/c$i" \
	    "$WORK/many/d$i" "$WORK/many/e$i"
done
ev 1 "more than 32" verify $good --collateral "$WORK/many"
ev 1 '"verdict":"unjudged"' verify --kind snp-report --json \
    --file report="$WORK/none"

trace "junk is refused with 3"
ev 3 "Refused" verify $good
ev 3 "Refused" show $good
ev 3 "Refused" verify --kind tdx-tdreport --file report="$WORK/empty"
printf '\033[2J\377\n' >"$WORK/terminal"
ev 3 "Refused" verify --kind ima-ascii --file log="$WORK/terminal"
grep -q "$(printf '\033')" "$WORK/out" && fail "escapes reach the terminal"

trace "stdout that is full"
if [ -c /dev/full ]; then
	timeout 60 "$BIN/cosmian_vm" evidence show --kind ima-binary \
	    --file log="$WORK/empty" >/dev/full 2>"$WORK/out"
	[ $? -ne 0 ] || fail "a full disk is no failure"
fi

[ -e "$VECTORS/manifest.json" ] || skip "no vectors"
trace "show decodes what verify refuses"
report=$(python3 - "$VECTORS" <<'EOF'
import json, os, sys
with open(os.path.join(sys.argv[1], 'manifest.json')) as f:
    for c in json.load(f)['cases']:
        if c['kind'] == 'snp-report' and c['verdict'] == 'accept':
            print(os.path.join(sys.argv[1], c['files']['report']))
            break
EOF
)
ev 0 '"measurement"' show --kind snp-report --file report="$report"
ev 0 "nothing vouches" show --kind snp-report --file report="$report"
ev 0 '"verdict":"parsed"' show --kind snp-report --json --file report="$report"
python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$WORK/out" ||
    fail "no JSON"

trace "what was not asked for is not proven"
quote=$(python3 - "$VECTORS" <<'EOF'
import json, os, sys
with open(os.path.join(sys.argv[1], 'manifest.json')) as f:
    c = next(c for c in json.load(f)['cases'] if c['verdict'] == 'accept' and
             c['kind'] == 'tdx-quote')
print('--file quote=' + os.path.join(sys.argv[1], c['files']['quote']) +
      ' --at ' + c['verify_at'] + ' --report-data ' +
      c['expect']['report_data'])
EOF
)
# shellcheck disable=SC2086
ev 0 "Accepted" verify --kind tdx-quote $quote
grep -q fresh "$WORK/out" && fail "--report-data says when it was made"
# shellcheck disable=SC2086
ev 0 "not proven to be fresh" verify --kind tdx-quote \
    ${quote%--report-data*}
# shellcheck disable=SC2086
ev 3 "Refused" verify --kind tdx-quote ${quote%--report-data*} --nonce 00

trace "policies"
echo '{"base":"default"}' >"$WORK/policy"
for policy in default strict "$WORK/policy"; do
	ev 3 "Refused" verify $good --policy "$policy"
done

trace "every case of the vectors"
# shellcheck disable=SC2086
python3 "$TOP/regress/e2e/vectors.py" ${ARGS:-} "$VECTORS" \
    "$BIN/cosmian_vm" evidence verify || fail "see above"
