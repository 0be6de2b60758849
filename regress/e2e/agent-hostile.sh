#!/bin/sh
# Clients that are slow, silent, or not TLS at all: a well-behaved one is served
# meanwhile, memory stays below the limit stated here, and descriptors return to
# what they were.
tid=agent-hostile
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

agent_up --conf '[limits]
header_timeout = 3
body_timeout = 3
handshake_timeout = 20
connections_per_address = 1000'
[ "$VARIANT" != san ] || trace "memory is not checked: the sanitizers add theirs"

py <<'P'
import threading
from agent import *

# Measured 6.1 MiB without connections, and 33.4 KiB for each idle one: OpenSSL's
# state and two event loops. The rest is room for other releases of libraries.
BASE_KIB = 12 * 1024
PER_CONNECTION_KIB = 50

MUTE = (b"", b"GET / HTTP/1.1\r\nHost: agent\r\n\r\n", os.urandom(20000),
        b"\x16\x03\x01", b"\x16\x03\x01\xff\xff" + bytes(70000),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(60),
        b"\x80\x2e\x01\x00\x02", b"\x15\x03\x03\x00\x02\x02\x28",
        b"\x17\x03\x03\x00\x20" + bytes(32))
parent = int(env("AGENT_PID"))


def counts():
    return {p: (n, fds(p)) for p, n in pids().items()}


def pss():
    total = 0
    for p in pids():
        with open("/proc/%d/smaps_rollup" % p) as f:
            total += sum(int(l.split()[1]) for l in f if l.startswith("Pss:"))
    return total


def raw(data):
    s = socket.create_connection((env("HOST"), int(env("PORT"))), PATIENCE)
    try:
        s.sendall(data)
    except OSError:
        pass
    return s


def gone(s):
    """The agent closes: the rest is read to its end."""
    try:
        while s.recv(65536):
            pass
    except ConnectionError:
        pass
    s.close()


def settled():
    """tee lives as long as a report takes, and a little longer."""
    wait("short-lived processes", lambda: len(pids()) == 7)


def served(what):
    c = Conn()
    check(c.ask("GET", "/version").status == 200, "not served: " + what)
    check(attest(c, b"n" * 32).status == 200, "no evidence: " + what)
    c.close()


served("at first")
settled()
start = counts()
idle_kib = pss()

trace("garbage in place of TLS, handshakes cut off")
for data in MUTE:
    for _ in range(20):
        raw(data).close()
stalled = [raw(data) for data in MUTE for _ in range(10)]
served("while handshakes hang")

trace("a byte now and then buys no time: 408")
header, body = Conn(), Conn()
body.send(b"POST /attest HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n")
stop = threading.Event()


def drip(c):
    while not stop.is_set():
        try:
            c.send(b"x")
        except (OSError, ssl.SSLError):
            return
        time.sleep(0.3)


header.send(b"GET /version HTTP/1.1\r\nX-Slow: ")
for c in (header, body):
    threading.Thread(target=drip, args=(c,), daemon=True).start()
begin = time.monotonic()
served("while others are slow")
for c in (header, body):
    a = c.answer()
    check(a.status == 408 and a.headers["connection"] == "close", a.line)
check(time.monotonic() - begin >= 2, "given up too early")
stop.set()

trace("500 idle connections")
idle = [Conn() for _ in range(500)]
served("beside 500 idle ones")
settled()
used = pss()
trace("memory: %d KiB, %d without connections" % (used, idle_kib))
if os.environ["VARIANT"] != "san":
    check(used <= BASE_KIB + PER_CONNECTION_KIB * len(idle), "memory")
for c in idle[::50]:
    check(c.ask("GET", "/version").status == 200, "an idle one wakes up")

trace("pipelined requests are answered in their order")
c = Conn()
n = 300
c.send(b"".join(b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" %
                (b"version" if i % 3 else b"x%d" % i) for i in range(n)))
for i in range(n):
    check(c.answer().status == (200 if i % 3 else 404), "answer %d" % i)
c.close()

trace("all are gone, and nothing of them stays")
for c in idle:
    c.close()
for s in stalled:
    gone(s)                     # its handshake_timeout, at the latest
wait("descriptors of every process: %s" % start, lambda: counts() == start)
served("in the end")
P
exit 0
