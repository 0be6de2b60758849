#!/bin/sh
# A TDX machine of Azure: the paravisor's report holds a TDREPORT, of which the
# metadata service makes a quote, anew for each attestation. Without that
# there is no evidence.
tid=azure-tdx
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

command -v tpm2_nvdefine >/dev/null || skip "no tpm2-tools"
agent_up --tee azure-tdx
export IMDS_MODE IMDS_LOG WORK

trace "strong form, many at once"
py <<'P'
import threading
from azure import *

check("reports of TDX from Azure's paravisor" in log(), "not found out")
found, lock = [], threading.Lock()


def one():
    a = evidence(Conn(), os.urandom(32), "azure-tdx")
    with lock:
        found.append(a)


threads = [threading.Thread(target=one) for _ in range(6)]
for t in threads:
    t.start()
for t in threads:
    t.join()
check(len(found) == 6, "%d of 6 have evidence of their own" % len(found))
check(len({a["tee"]["extra"] for a in found}) == 6, "a quote twice")
check(requests() == ["good"] * 6, "requests: %s" % requests())
write_case(env("WORK") + "/case", found[0])
P

trace "the evidence, judged"
case=$WORK/case
judge()
{
	timeout 60 "$BIN/cosmian_vm" evidence verify --kind azure-hcl \
	    --file hcl_report="$case/hcl" --file td_quote="$case/$1" \
	    --file tpm_quote="$case/quote" --file tpm_sig="$case/signature" \
	    --file pcrs="$case/pcrs" --nonce "$(cat "$case/qualifying")" \
	    --report-data "$(cat "$case/report_data")" \
	    --collateral "$COLLATERAL" --trust-root "$TRUST_ROOT" \
	    >"$WORK/verdict" 2>&1
}
judge extra || {
	cat "$WORK/verdict"
	fail "not accepted"
}

trace "snapshot and verify"
client()
{
	timeout 200 "$BIN/cosmian_vm" --url "$URL" --allow-insecure-tls \
	    --trust-root "$TRUST_ROOT" --collateral "$COLLATERAL" "$@" \
	    >"$WORK/client" 2>&1
}
accepted()
{
	grep -q "OK.*hcl.user-data" "$WORK/client" &&
	    grep -q "OK.*hcl.ak" "$WORK/client" &&
	    grep -q "OK.*tpm.activation" "$WORK/client" && return
	cat "$WORK/client"
	fail "$1"
}
client snapshot -o "$WORK/snap" || trace "exit status $?"
accepted "no snapshot"
client verify -s "$WORK/snap" || trace "exit status $?"
accepted "not verified"
grep -q "^Verified" "$WORK/client" || fail "not verified"

trace "the compatible form"
py <<'P'
from azure import *

c = Conn()
a = c.ask("GET", "/quote/tee" + nonce_query(bytes(32)))
check(a.status == 200, a.line)
quote = bytes(a.json())
check(quote[:8] == bytes.fromhex("0400020081000000"), "no TD quote")
wait("snapshot", lambda: c.ask("GET", "/snapshot").status == 200)
s = c.ask("GET", "/snapshot").json()
check(s["cloud_type"] == "Azure", "cloud_type")
check(s["tee_policy"]["Tdx"]["body"]["mr_td"] == quote[184:232].hex(), "MRTD")
with open(env("WORK") + "/case/other", "wb") as f:
    f.write(quote)
P
judge other
[ $? -eq 3 ] || fail "accepted with the quote of another TDREPORT"
grep -q "hcl.td-quote" "$WORK/verdict" || fail "refused for something else"

trace "a service without quotes"
py <<'P'
from azure import *


def status(mode, **more):
    with open(env("IMDS_MODE"), "w") as f:
        f.write(mode)
    return attest(Conn(), os.urandom(32), **more).status


for mode in ("status", "redirect", "garbage", "not-json", "deep", "huge-body",
             "no-certs", "empty", "nothing", "cut"):
    check(status(mode) == 500, "%s: no 500" % mode)
    check(status(mode, tee=False) == 200, "%s: TPM alone" % mode)
with open(env("IMDS_MODE"), "w") as f:
    f.write("silent")
c = Conn()
attest_begin(c, os.urandom(32))
pid = wait("meta", lambda: [p for p, name in pids().items()
                            if name == "agent-meta"])[0]
c.close()
# who waited is gone: its meta ends, and the next one has its turn
with open(env("IMDS_MODE"), "w") as f:
    f.write("good")
os.kill(pid, signal.SIGKILL)
evidence(Conn(), os.urandom(32), "azure-tdx")
P
exit 0
