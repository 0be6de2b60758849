#!/bin/sh
# A machine of Azure: the report is the paravisor's, made over what the agent
# wrote to its vTPM, one request after the other; the metadata service has the
# certificates, and whatever else it says does no harm.
tid=azure
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

command -v tpm2_nvdefine >/dev/null || skip "no tpm2-tools"
agent_up --tee azure
export IMDS_MODE IMDS_LOG WORK

trace "strong form"
py <<'P'
from azure import *

check("reports of SEV-SNP from Azure's paravisor" in log(), "not found out")
write_case(env("WORK") + "/case", evidence(Conn(), os.urandom(32)))
P

trace "the evidence, judged"
case=$WORK/case
judge()
{
	timeout 60 "$BIN/cosmian_vm" evidence verify --kind azure-hcl \
	    --file hcl_report="$case/hcl" --file tpm_quote="$case/quote" \
	    --file tpm_sig="$case/signature" --file pcrs="$case/pcrs" \
	    --file vek="$case/vek.pem" --file issuer="$case/issuer.pem" \
	    --file ark="$case/ark.pem" \
	    --nonce "$(cat "$case/qualifying")" "$@" >"$WORK/verdict" 2>&1
}
judge --report-data "$(cat "$case/report_data")" --trust-root "$TRUST_ROOT" || {
	cat "$WORK/verdict"
	fail "not accepted"
}
judge --report-data "$(printf '%0128d' 0)" --trust-root "$TRUST_ROOT"
[ $? -eq 3 ] || fail "accepted for other report data"
grep -q "hcl.user-data" "$WORK/verdict" || fail "refused for something else"
judge --report-data "$(cat "$case/report_data")"
[ $? -eq 3 ] || fail "accepted without --trust-root"

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

trace "many at once: each has its own"
py <<'P'
import threading
from azure import *

found, lock = [], threading.Lock()


def one():
    a = evidence(Conn(), os.urandom(32))
    with lock:
        found.append(a)


threads = [threading.Thread(target=one) for _ in range(12)]
for t in threads:
    t.start()
for t in threads:
    t.join()
check(len(found) == 12, "%d of 12 have evidence of their own" % len(found))
check(len({a["tee"]["quote"] for a in found}) == 12, "a report twice")
check(len({a["tpm"]["public_key"] for a in found}) == 1, "another AK")
check(requests() == ["good"], "asked the service again: %s" % requests())
P

trace "the compatible form"
py <<'P'
from azure import *

c = Conn()
a = c.ask("GET", "/quote/tee" + nonce_query(bytes(32)))
check(a.status == 200, a.line)
blob = bytes(a.json())
check(a.body == b"[" + b",".join(b"%d" % b for b in blob) + b"]", "bytes")
check(blob[:4] in (b"\2\0\0\0", b"\3\0\0\0"), "no SNP report")
check(blob[0x70:0x90] == bytes(32), "report data is no digest and zeros")
at, certs = 1188, []
check(blob[1184:1188] == b"\3\0\0\0", "not three certificates")
for _ in range(3):
    n = int.from_bytes(blob[at:at + 4], "little")
    certs.append((blob[at + 4:at + 20].hex(), blob[at + 20:at + 4 + n]))
    at += 4 + n
check(at == len(blob), "bytes after the last certificate")
for (guid, der), (want, name) in zip(certs, (
        ("63da758de6644564adc5f4b93be8accd", "vcek"),
        ("4ab7b379bbac4fe4a02f05aef327c782", "ask"),
        ("c0b406a4a803495297433fb6014cd0ae", "ark"))):
    with open("%s/%s.der" % (env("HIERARCHY"), name), "rb") as f:
        check(guid == want and der == f.read(), name)
# an existing client compares the report data of its snapshot
again = bytes(c.ask("GET", "/quote/tee" + nonce_query(bytes(32))).json())
check(again[0x50:0x90] == blob[0x50:0x90], "other report data")
wait("snapshot", lambda: c.ask("GET", "/snapshot").status == 200)
s = c.ask("GET", "/snapshot").json()
check(s["cloud_type"] == "Azure", "cloud_type")
check(s["tee_policy"]["Sev"]["report_data"] == blob[0x50:0x90].hex(),
      "report data of the snapshot")
check(c.ask("GET", "/quote/tpm" + nonce_query(b"x")).status == 200, "TPM")
P

trace "a paravisor that is slow to make a new report"
echo 2 >"$HIERARCHY/azure-stale"
py <<'P'
from azure import *

evidence(Conn(), os.urandom(32))
P
rm "$HIERARCHY/azure-stale"

trace "one that makes it over something else"
echo 1 >"$HIERARCHY/azure-swap"
py <<'P'
from azure import *

c = Conn()
a = attest(c, os.urandom(32))
check(a.status == 500, a.line)
check("does not come to hold what was written" in log(), "no reason")
os.unlink(env("HIERARCHY") + "/azure-swap")
evidence(c, os.urandom(32))
P

trace "a hostile metadata service"
py <<'P'
from azure import *


def reload():
    n = log().count("reload: done")
    os.kill(int(env("AGENT_PID")), signal.SIGHUP)
    wait("reload", lambda: log().count("reload: done") > n)


def serves(mode, certs):
    with open(env("IMDS_MODE"), "w") as f:
        f.write(mode)
    reload()
    n = len(requests())
    for _ in range(2):
        a = evidence(Conn(), os.urandom(32))
        check((a["tee"]["extra"] is not None) == certs,
              "%s: certificates: %s" % (mode, not certs))
    check(requests()[n:] == [mode], "%s: asked %s" % (mode, requests()[n:]))


for mode in ("redirect", "status", "garbage", "not-json", "deep", "no-certs",
             "numbers", "twice", "huge-body", "huge-length", "huge-head",
             "smuggle", "cut", "empty", "nothing"):
    serves(mode, False)
for mode in ("chunked", "no-length", "good"):
    serves(mode, True)
# well-formed and wrong: handed on, for the verifier to refuse
serves("swapped", True)
write_case(env("WORK") + "/case", evidence(Conn(), os.urandom(32)))
# what neither answers nor ends: meta is killed, by its time or by others
with open(env("IMDS_MODE"), "w") as f:
    f.write("silent")
reload()
c = Conn()
n = log().count("meta died")
attest_begin(c, os.urandom(32))
pid = wait("meta", lambda: [p for p, name in pids().items()
                            if name == "agent-meta"])[0]
os.kill(pid, signal.SIGKILL)
a = c.answer()
check(a.status == 200 and a.json()["tee"]["extra"] is None, a.line)
check(log().count("meta died") == n + 1, "nobody says that meta died")
serves("slow", False)
check("no answer of the metadata service in time" in log(), "no time limit")
serves("good", True)
P
judge --report-data "$(cat "$case/report_data")" --trust-root "$TRUST_ROOT"
[ $? -eq 3 ] || fail "accepted with somebody else's certificates"

if [ "$VARIANT" = plain ]; then
	trace "meta from outside"
	echo silent >"$IMDS_MODE"
	kill -HUP "$AGENT_PID"
	timeout 120 python3 "$TOP/regress/e2e/confine.py" "$AGENT_PID" \
	    "$AGENT_KEY" "$URL" "$TOP" meta || fail "see the findings"
fi

trace "no metadata service at all"
"$SIM/agent" "$WORK/sim" stop
sed -i 's/^imds_address = .*/imds_address = "127.0.0.1:1"/' "$CONF"
"$SIM/agent" "$WORK/sim" start || fail "does not start without"
. "$WORK/sim/env"
export AGENT_PID
py <<'P'
from azure import *

a = evidence(Conn(), os.urandom(32))
check(a["tee"]["extra"] is None, "certificates from nowhere")
check("metadata service: Connection refused" in log(), "no reason")
P

trace "tee = true"
"$SIM/agent" "$WORK/sim" stop
echo 'tee = true' >>"$CONF"
"$SIM/agent" "$WORK/sim" start || fail "tee = true is not met by Azure"
. "$WORK/sim/env"
export AGENT_PID
py <<'P'
from azure import *

evidence(Conn(), os.urandom(32))
P
exit 0
