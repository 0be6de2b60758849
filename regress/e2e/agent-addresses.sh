#!/bin/sh
# Several addresses, IPv6 among them, and the caps on connections: from one
# address, and in all.
tid=agent-addresses
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

python3 -c 'import socket
socket.socket(socket.AF_INET6).bind(("::1", 0))' 2>/dev/null ||
    skip "no IPv6 on loopback"
agent_up --conf 'host = ["127.0.0.1", "::1", "127.0.0.2"]
[limits]
connections = 12
connections_per_address = 8'

trace "each address serves, and is in the certificate"
py <<'P'
from agent import *

for host in ("127.0.0.1", "::1", "127.0.0.2"):
    c = Conn(host)
    check(c.ask("GET", "/version").status == 200, host)
    check(attest(c, b"n" * 32).status == 200, host)
    c.close()
wait("IPv6 peers in the log", lambda: "[::1]:" in log())
for host in ("127.0.0.3", ):
    try:
        Conn(host, timeout=5)
        fail(host + " is listened on")
    except ConnectionRefusedError:
        pass
P
command -v openssl >/dev/null &&
    { openssl x509 -in "$AGENT_CERT" -noout -ext subjectAltName |
    grep -q 'IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:127.0.0.2$' ||
    fail "the certificate lacks an address"; }

trace "8 of one address, 12 in all; those that are in are served"
py <<'P'
from agent import *


class From(Conn):
    """A connection that comes from the address given."""
    def __init__(self, source):
        host = "::1" if ":" in source else "127.0.0.1"
        self.tcp = socket.create_connection((host, int(env("PORT"))),
                                            PATIENCE, (source, 0))
        self.tls = context().wrap_socket(self.tcp)
        self.cert = self.tls.getpeercert(True)
        self.left = b""


def many(source, n):
    """As many of n as get in; the others are closed at once."""
    held = []
    for _ in range(n):
        try:
            held.append(From(source))
        except (ssl.SSLError, OSError):
            pass
    return held


def empty():
    """All that the earlier ones held is free again."""
    held = many("127.0.0.1", 8)
    for c in held:
        c.close()
    return len(held) == 8


wait("room", empty)
held = []
for source, n, expected in (("127.0.0.1", 12, 8), ("127.0.0.9", 12, 4),
                            ("127.0.0.10", 3, 0), ("::1", 3, 0)):
    new = many(source, n)
    check(len(new) == expected, "%d of %s, not %d" %
          (len(new), source, expected))
    held += new
for c in held:
    check(c.ask("GET", "/version").status == 200, "one that is in")

# A place that gets free is given to the next.
held.pop().close()
wait("the place", lambda: held.extend(many("127.0.0.10", 1)) or
     len(held) == 12)
check(held[-1].ask("GET", "/version").status == 200, "the next")
for c in held:
    c.close()
wait("room", empty)
for source in ("::1", "127.0.0.2"):
    check(From(source).ask("GET", "/version").status == 200, source)
P
exit 0
