#!/bin/sh
# The processes of one request are killed: it fails with a reason, the next
# one works, and nothing of it stays.
tid=agent-kill-short
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

mkdir "$WORK/tree"
agent_up --roots "$WORK/tree"
trace "a hasher and a tee are killed: the request fails, the next one works"
truncate -s 3000M "$WORK/tree/long"
echo 20000 >"$HIERARCHY/delay-ms"
py <<'P'
from agent import *

start = fds(int(env("AGENT_PID")))
c = Conn()
check(c.ask("GET", "/snapshot").status == 202, "order")
victim = wait("hasher", lambda: [p for p, n in pids().items()
                                 if n == "agent-hasher"])[0]
os.kill(victim, signal.SIGKILL)
wait("its death in the log", lambda: "hasher died" in log())
check(c.ask("DELETE", "/snapshot").status == 200, "no snapshot runs")
c.send(("GET /quote/tee%s HTTP/1.1\r\nHost: a\r\n\r\n" %
        nonce_query(os.urandom(32))).encode())
victim = wait("tee", lambda: [p for p, n in pids().items()
                              if n == "agent-tee"])[0]
os.unlink(env("HIERARCHY") + "/delay-ms")
os.kill(victim, signal.SIGKILL)
a = c.answer()
check(a.status == 500 and "error id" in a.text(), a.line)
check(c.ask("GET", "/quote/tee" + nonce_query(bytes(32))).status == 200, "next")
c.close()
wait("descriptors", lambda: fds(int(env("AGENT_PID"))) <= start)
P
exit 0
