#!/bin/sh
# One line a request: time, peer, method, path, status, bytes, ms; no nonce, no
# query, nothing that acts on a terminal or looks like another line.
tid=agent-log
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

agent_up
py <<'P'
import re
from agent import *

LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ web\[\d+\]: "
                  r"127\.0\.0\.1:(\d+) \"(\S+) (\S+)\" (\d+) (\d+) (\d+)( .*)?$")


def since(before):
    return log()[len(before):]


def lines(before, n):
    wait("%d lines" % n, lambda: since(before).count("\n") >= n)
    return since(before).splitlines()


before = log()
c = Conn()
port = c.tls.getsockname()[1]
nonce = os.urandom(32)
wanted = [("GET", "/version", None), ("GET", "/ima/binary", None),
          ("GET", "/quote/tpm" + nonce_query(nonce), None),
          ("GET", "/quote/tee" + nonce_query(nonce), None),
          ("GET", "/nosuch?secret=query", None), ("DELETE", "/snapshot", None),
          ("POST", "/attest", b'{"nonce":"%s"}' % unpadded(nonce).encode())]
answers = [c.ask(*w) for w in wanted]
got = lines(before, len(wanted))
check(len(got) == len(wanted), "%d lines for %d requests" %
      (len(got), len(wanted)))
for (method, path, _), a, line in zip(wanted, answers, got):
    m = LINE.match(line)
    check(m, "form of: " + line)
    check(m.group(1) == str(port) and m.group(2) == method and
          m.group(3) == path.split("?")[0] and
          m.group(4) == str(a.status), "contents of: " + line)
    check(int(m.group(5)) >= len(a.body), "bytes of: " + line)
    check(int(m.group(6)) < 60000, "milliseconds of: " + line)
text = since(before)
for secret in (unpadded(nonce), unpadded(nonce)[:20], nonce.hex(), "secret=",
               "nonce"):
    check(secret not in text, "in the log: " + secret)

trace("bytes that act on a terminal, quotes, line ends, long paths")
before = log()
hostile = [b"GET /a\x1b[2Jb HTTP/1.1\r\nHost: a\r\n\r\n",
           b"GET /%1b%5b2J HTTP/1.1\r\nHost: a\r\n\r\n",
           b"GET /x%0a2026-11-24T00:00:00Z%20forged HTTP/1.1\r\nHost: a\r\n\r\n",
           b"GET /x%22%20200%20%5c HTTP/1.1\r\nHost: a\r\n\r\n",
           b"GET /\xff\xfe\xc2\x9b HTTP/1.1\r\nHost: a\r\n\r\n",
           b"GET /%ff%c2%9b HTTP/1.1\r\nHost: a\r\n\r\n",
           b"GET /" + b"y" * 1900 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
           b"G\x07T /bell HTTP/1.1\r\nHost: a\r\n\r\n",
           b"GET /ua HTTP/1.1\r\nHost: a\r\nUser-Agent: \x1b[31mx\r\n\r\n",
           b"\x00\x01\x02\r\n\r\n"]
for data in hostile:
    c = Conn()
    c.send(data)
    a = c.answer()
    check(400 <= a.status < 500, "%r: %s" % (data[:40], a.line))
got = lines(before, len(hostile))
check(len(got) == len(hostile), "%d lines for %d requests" %
      (len(got), len(hostile)))
for line in got:
    check(LINE.match(line), "form of: %r" % line)
    check(all(" " <= b <= "~" for b in line), "raw bytes in: %r" % line)
    check(len(line) < 400, "a long line")
    check(line.count('"') == 2, "quotes in: " + line)

trace("a host's answer is no line of ours either")
before = log()
with open(env("HIERARCHY") + "/garbage", "w") as f:
    f.write("100")
a = get("/quote/tee" + nonce_query(bytes(32)))
os.unlink(env("HIERARCHY") + "/garbage")
check(all(b == "\n" or " " <= b <= "~" for b in since(before)), "raw bytes")
if a.status == 500:
    uuid = re.search(r"\(error id: ([0-9a-f-]{36})\)$", a.text()).group(1)
    check(a.text() == "Something went wrong from the cosmian_vm agent. See "
          "cosmian_vm_agent logs for additional information. (error id: %s)" %
          uuid, a.text())
    wait("the error id in the log", lambda: uuid in since(before))

trace("a client that goes away: one line, cut")
before = log()
with open(env("HIERARCHY") + "/delay-ms", "w") as f:
    f.write("2000")
c = Conn()
c.send(b"GET /quote/tee?nonce=" + b"A" * 43 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
wait("the report", lambda: "agent-tee" in pids().values())
c.close()
got = lines(before, 1)
check(got[0].endswith(" cut") and LINE.match(got[0]), "line: " + got[0])
P

trace "a handshake that fails, and a connection without request, say nothing"
lines=$(wc -l <"$AGENT_LOG")
py <<'P'
from agent import *
s = socket.create_connection((env("HOST"), int(env("PORT"))))
s.sendall(b"GET / HTTP/1.0\r\n\r\n")
while s.recv(1000):
    pass
Conn().close()
P
"$TEST/sim/netprobe" wait 127.0.0.1 "$PORT" 60 || fail "not served"
[ "$(wc -l <"$AGENT_LOG")" -eq "$lines" ] || {
	tail -n 3 "$AGENT_LOG"
	fail "somebody without a request can fill the log"
}
[ "$(stat -c %a "$DATA_DIR/data/key.pem")" = 600 ] || fail "mode of the key"
grep -qF "$(sed -n 2p "$AGENT_KEY")" "$AGENT_LOG" && fail "the key is logged"
exit 0
