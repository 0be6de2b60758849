#!/bin/sh
# Requests that are too long, or that two readers could understand in two ways,
# are refused with the right status, and the connection ends.
tid=agent-toolong
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

agent_up
py <<'P'
from agent import *

trace("too long: request line, headers, their number, body")
post = b"POST /attest HTTP/1.1\r\nHost: a\r\n"
for data, want in (
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", (414,)),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70000, (431,)),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200, (431,)),
        (post + b"Content-Length: 10000000\r\n\r\n" + b"a" * 200000, (413,)),
        (post + b"Content-Length: 99999999999999999999\r\n\r\n", (400, 413)),
        (post + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", (413,)),
        (post + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
         (400,)),
        (b"GET / HTTP/1.1\r\n\r\n", (400,)),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", (400,)),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", (400,))):
    c = Conn()
    try:
        c.send(data)
    except OSError:             # refused before all of it was sent
        check(len(data) > 60000, "cut: %r" % data[:60])
    try:
        a = c.answer()
    except (OSError, Gone):     # a reset may outrun the answer then
        check(len(data) > 60000, "no answer: %r" % data[:60])
        continue
    check(a.status in want, "%r: %s" % (data[:60], a.line))
    check(a.headers["connection"] == "close", "kept: %r" % data[:60])
check(get("/version").status == 200, "served after those")
check(not re.search(r"pid \d+: (exit|signal|killed)", log()), "a death")
P
exit 0
