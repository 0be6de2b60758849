#!/bin/sh
# The man in the middle passes, records, replays and changes answers of a
# server that stands for the agent.
tid=sim-mitm
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"
command -v openssl >/dev/null || skip "no openssl program"

cat >"$WORK/server.py" <<'X'
import http.server, ssl, sys

class Agent(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = open(sys.argv[2], "rb").read()
        if self.headers.get("Range"):
            body = b"range"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"bound":' + asked + b',"tpm":{"a":1},"tee":null}'
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (body[:7], body[7:]):
            self.wfile.write(b"%x\r\n" % len(part) + part + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Agent)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1] + ".pem", sys.argv[1] + ".key")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
X
cat >"$WORK/ask.py" <<'X'
import http.client, ssl, sys

context = ssl.create_default_context(cafile=sys.argv[2])
c = http.client.HTTPSConnection("localhost", int(sys.argv[1]), context=context)
for word in sys.argv[3:]:         # all on one connection
    if word.startswith("/"):
        c.request("GET", word, headers={"Range": "bytes=5-"})
    else:
        c.request("POST", "/attest", body=word)
    answer = c.getresponse()
    sys.stdout.buffer.write(b"%d " % answer.status + answer.read() + b"\n")
X
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$WORK/a.key" -out "$WORK/a.pem" 2>/dev/null || fail "openssl req"
IMA_DIR=$WORK TPM_SOCKET=none
export IMA_DIR TPM_SOCKET
for n in one two three; do
	"$TEST/sim/measure" --no-extend --name "/$n" "$WORK/ask.py" || fail measure
done
list=$WORK/binary_runtime_measurements

python3 "$WORK/server.py" "$WORK/a" "$list" >"$WORK/server.port" &
server=$!
at_end "kill $server 2>/dev/null"
n=0
until [ -s "$WORK/server.port" ]; do
	n=$((n + 1)); [ $n -lt 200 ] || fail "no server"
	sleep 0.05
done
read -r port <"$WORK/server.port"

mitm=
# mitm MODE [ARG]
mitm()
{
	[ -z "$mitm" ] || kill "$mitm"
	: >"$WORK/mitm.out"
	"$TEST/sim/mitm" --upstream "127.0.0.1:$port" --cert "$WORK/a.pem" \
	    --key "$WORK/a.key" --mode "$@" >"$WORK/mitm.out" 2>&1 &
	mitm=$!
	n=0
	until grep -q ^PORT= "$WORK/mitm.out"; do
		n=$((n + 1)); [ $n -lt 200 ] || fail "no mitm"
		sleep 0.05
	done
	PORT=$(sed -n 's/^PORT=//p' "$WORK/mitm.out")
}
at_end '[ -z "$mitm" ] || kill "$mitm" 2>/dev/null'

ask()
{
	timeout 30 python3 "$WORK/ask.py" "$PORT" "$WORK/a.pem" "$@" \
	    >"$WORK/answer" || { cat "$WORK/mitm.out"; fail "no answer"; }
}

trace pass
mitm pass
ask 1 2 /x
printf '200 {"bound":1,"tpm":{"a":1},"tee":null}\n200 {"bound":2,"tpm":{"a":1},"tee":null}\n200 range\n' |
    cmp -s - "$WORK/answer" || fail "pass"

trace "record and replay"
mkdir "$WORK/rec"
mitm record "$WORK/rec"
ask 1
mitm replay "$WORK/rec"
ask 2 /x
printf '200 {"bound":1,"tpm":{"a":1},"tee":null}\n200 range\n' |
    cmp -s - "$WORK/answer" || fail "replay"

trace "drop-ima"
mitm drop-ima 1
ask /ima/binary
LC_ALL=C grep -qa /one "$WORK/answer" && LC_ALL=C grep -qa /three "$WORK/answer" ||
    fail "other entries are gone"
LC_ALL=C grep -qa /two "$WORK/answer" && fail "entry 1 is there"
[ $(($(wc -c <"$list") - $(wc -c <"$WORK/answer") + 5)) -eq \
    $((4 + 20 + 4 + 6 + 4 + 4 + 40 + 4 + 5)) ] || fail "wrong length"

trace "swap-tpm, truncate, redirect"
echo '{"tpm":{"b":2}}' >"$WORK/other"
mitm swap-tpm "$WORK/other"
ask 3
grep -q '{"bound":3,"tpm":{"b":2},"tee":null}' "$WORK/answer" || fail swap-tpm
mitm truncate 4
ask 3
[ "$(cat "$WORK/answer")" = '200 {"bo' ] || fail truncate
mitm redirect https://localhost:1/
ask 3
[ "$(cat "$WORK/answer")" = '302 ' ] || fail redirect
exit 0
