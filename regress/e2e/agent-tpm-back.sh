#!/bin/sh
# The TPM does not answer for a while, just when tpm has died: the replacement
# reads no AK. When the TPM is back, so are quotes, without a restart.
tid=agent-tpm-back
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

agent_up
export TPM_SOCKET
py <<'P'
from agent import *

path = "/quote/tpm" + nonce_query(bytes(32))
socket_path = env("TPM_SOCKET")


def status():
    c = Conn()
    a = c.ask("GET", path)
    c.close()
    return a.status


check(status() == 200, "before")
os.rename(socket_path, socket_path + ".away")
victim = [p for p, n in pids().items() if n == "agent-tpm"][0]
os.kill(victim, signal.SIGKILL)
wait("the replacement finds no TPM", lambda: "killed: has no AK" in log())
check(status() == 503, "without a TPM")
os.rename(socket_path + ".away", socket_path)
wait("quotes", lambda: status() == 200)
P
exit 0
