#!/bin/sh
# Clients that ask for a quote and go away leave no place in the queue taken, and
# those of one address leave some to the others.
# lanes: plain
tid=agent-queue
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"
sim_up

tpm=$(pgrep -P "$AGENT_PID" -f "^agent-tpm ")
[ -n "$tpm" ] || fail "no tpm process"
trace "100 connections ask a tpm that hangs, and leave"
kill -STOP "$tpm"
at_end "kill -CONT $tpm 2>/dev/null || :"
timeout 100 python3 - "$HOST" "$PORT" <<'P' || fail "the test above"
import socket
import ssl
import sys
import time

ctx = ssl.create_default_context()
ctx.check_hostname = False
ctx.verify_mode = ssl.CERT_NONE
where = (sys.argv[1], int(sys.argv[2]))


def ask(path, source="127.0.0.1"):
    s = ctx.wrap_socket(socket.create_connection(where, 20, (source, 0)))
    s.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" %
              path.encode())
    return s


def status(s):
    s.settimeout(20)
    return s.recv(12)[9:12]


held = [ask("/quote/tpm?nonce=" + "A" * 43) for _ in range(100)]
deadline = time.time() + 20
while status(ask("/quote/tee?nonce=" + "A" * 43)) != b"503":
    assert time.time() < deadline, "the queue does not fill"
assert status(ask("/tpm/certs")) == b"503", "certificates pass the queue"
body = ('{"nonce":"' + "B" * 42 + 'A","credential":"AA","secret":"AA"}').encode()
s = ctx.wrap_socket(socket.create_connection(where, 20))
s.sendall(b"POST /activate HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" %
          len(body) + body)
assert status(s) == b"503", "activation passes the queue"
assert status(ask("/quote/tee?nonce=" + "A" * 43, "127.0.0.2")) == b"200", \
    "one address has the whole queue"
for s in held:
    s.close()
deadline = time.time() + 20
while status(ask("/quote/tee?nonce=" + "A" * 43)) != b"200":
    assert time.time() < deadline, "the queue stays full"
    time.sleep(0.2)
P
kill -CONT "$tpm"
trace "and quotes come again"
i=0
until [ "$(curl -sk -o /dev/null -w '%{http_code}' \
    "$URL/quote/tpm?nonce=$(printf 'A%.0s' $(seq 43))")" = 200 ]; do
	i=$((i + 1))
	[ $i -lt 50 ] || fail "no quote"
	sleep 0.2
done
