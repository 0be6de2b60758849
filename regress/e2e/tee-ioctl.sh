#!/bin/sh
# Reports of a guest device, where there is no configfs-tsm: what kernel,
# firmware and host may answer, or not answer; and machines without a TEE.
tid=tee-ioctl
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"
. "$TOP/regress/e2e/tools/client.sh"

mkdir "$WORK/tree"
printf 'known\n' >"$WORK/tree/known"
agent_up --tee ioctl --roots "$WORK/tree"

trace "the report of a device is evidence as any other"
client 0 snapshot -o "$WORK/good" --trust-root "$TRUST_ROOT" \
    --collateral "$COLLATERAL"
verify 0 --collateral "$COLLATERAL"
said "report-data"
[ "$(sort -u "$DIR/teedev.log")" = SNP_GET_EXT_REPORT ] ||
    fail "other calls: $(sort -u "$DIR/teedev.log")"

trace "busy, failing, with all sorts of certificates"
py <<'P'
from agent import *

folder = env("HIERARCHY") + "/"


def quote():
    return get("/quote/tee" + nonce_query(bytes(32)))


def certificates(a):
    check(a.status == 200, a.line)
    return int.from_bytes(bytes(a.json())[1184:1188], "little")


def play(**files):
    """What the device does from now on."""
    for name in ("busy", "host-busy", "errno", "fw-error", "certs-len",
                 "junk-certs", "tdx-guest", "hang"):
        value = files.get(name.replace("-", "_"))
        if value is not None:
            with open(folder + name, "w") as f:
                f.write("%d\n" % value)
        elif os.path.exists(folder + name):
            os.unlink(folder + name)


def calls():
    with open(env("DIR") + "/teedev.log") as f:
        return f.read().split()


def logged(text, n):
    wait(text, lambda: text in log()[n:])


many = certificates(quote())
check(many >= 3, "%d certificates" % many)
for how in ("busy", "host_busy"):
    n = len(calls())
    play(**{how: 3})
    check(certificates(quote()) == many, how)
    check(calls()[n:] == ["SNP_GET_EXT_REPORT"] * 4, "calls: %s" % calls()[n:])

n = len(log())
play(certs_len=20480)
check(certificates(quote()) == 0, "too many certificates")
check(calls()[-2:] == ["SNP_GET_EXT_REPORT", "SNP_GET_REPORT"], "calls")
logged("certificates need 20480 bytes", n)
play(junk_certs=1)
check(certificates(quote()) == 0, "no table")
logged("certificates are no table", n)

for files, text in (
        (dict(errno=5, fw_error=22), "SNP_GET_EXT_REPORT: Input/output error "
         "(firmware error 0x16, host error 0x0)"),
        (dict(errno=25), "SNP_GET_EXT_REPORT"),
        (dict(errno=110), "Connection timed out"),
        (dict(tdx_guest=1), "a quote needs the kernel's configfs-tsm")):
    n = len(log())
    play(**files)
    if "errno" in files and files["errno"] == 25:
        text = "TDX_CMD_GET_REPORT0: Inappropriate ioctl"
    a = quote()
    check(a.status == 500 and "error id" in a.text(), a.line)
    logged(text, n)
    play()
    check(certificates(quote()) == many, "the next one after " + text)

trace("one that never answers: tee is killed, the agent lives")
n = len(log())
play(hang=1)
c = Conn()
c.send(("GET /quote/tee%s HTTP/1.1\r\nHost: a\r\n\r\n" %
        nonce_query(bytes(32))).encode())
wait("tee", lambda: "agent-tee" in pids().values())
check(get("/version").status == 200, "another request waits for it")
a = c.answer()
check(a.status == 500 and "error id" in a.text(), a.line)
logged("no report in time", n)
wait("its end", lambda: "agent-tee" not in pids().values())
play()
check(certificates(quote()) == many, "after it")
P

trace "no device: an error, and the agent serves on"
read -r pid start <"$DIR/run/teedev"
kill "$pid"
py <<'P'
from agent import *

wait("500", lambda: get("/quote/tee" + nonce_query(bytes(32))).status == 500)
check("Connection refused" in log(), "no reason in the log")
check(get("/version").status == 200, "/version")
P
sim_down "$WORK/sim"

trace "no TEE at all"
sim_up "$WORK/none" --tee none --roots "$WORK/tree" --conf 'tpm_device = ""'
export HOST PORT AGENT_PID AGENT_LOG DIR CONF
py <<'P'
from agent import *

check(get("/quote/tee" + nonce_query(bytes(32))).status == 404, "/quote/tee")
P
"$SIM/agent" "$DIR" stop
# refused LINE WORD: the agent must not start with this line
refused()
{
	{ cat "$CONF"; echo "$1"; } >"$WORK/agent.toml"
	timeout 100 "$BIN/cosmian_vm_agent" -d -f "$WORK/agent.toml" \
	    >"$WORK/out" 2>&1 </dev/null
	[ $? -eq 1 ] || fail "starts with $1: $(cat "$WORK/out")"
	said "$2"
}
refused 'tee = true' "tee = true, but there is neither $TSM_DIR nor /dev/sev-guest"
refused 'tee_device = "/dev/mem"' "tee_device must be one of"
[ -e /dev/tdx_guest ] || refused 'tee = true
tee_device = "/dev/tdx_guest"' "nor /dev/tdx_guest"
exit 0
