#!/bin/sh
# What the agent refuses and with which words: bad queries, old clients, wrong
# methods and paths; and that nobody's web page can drive it.
tid=agent-rules
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

agent_up

trace "nonces, agents, paths, methods"
py <<'P'
from agent import *

full = "A" * 43                 # 32 bytes


def refused(a, status, text=None):
    check(a.status == status, "%s, not %d: %s" % (a.line, status, a.body))
    check(a.headers["content-type"].startswith("text/plain"), "type of errors")
    check(text is None or text in a.text(),
          "%r is not in %r" % (text, a.text()))


for path in ("/quote/tpm", "/quote/tee"):
    refused(get(path), 400, "nonce")
    for query in ("", "nonce", "Nonce=" + full, "nonce=" + full + "&x=1",
                  "nonce=" + full + "&nonce=" + full, "nonce=" + full + "%00",
                  "nonce=" + full + "%20", "nonce=" + full + "&"):
        refused(get(path + "?" + query), 400)
    refused(get(path + "?nonce=" + full + "="), 400, "padding")
    # WIRE 8: the standard alphabet; bits beyond the last byte are zero
    refused(get(path + "?nonce=" + "-" * 43), 400)
    refused(get(path + "?nonce=" + "A" * 42 + "B"), 400)
    refused(get(path + "?nonce=%"), 400)
    check(get(path + "?nonce=" + full.replace("A", "%41")).status == 200,
          "percent-encoded letters")
    # an existing client that forgets to encode the plus sign
    check(get(path + "?nonce=" + "+" * 42 + "8").status == 200, "bare plus")
for n in (0, 31, 33, 64):
    refused(get("/quote/tee?nonce=" + unpadded(bytes(n))), 400)
refused(get("/quote/tpm?nonce=" + unpadded(bytes(65))), 400)
refused(get("/quote/tpm?nonce=" + unpadded(os.urandom(34))), 400, "34")

OLD = "Please update the cosmian_vm cli to version 1.0"
for path in ("/version", "/snapshot", "/quote/tpm?nonce=" + full, "/nosuch"):
    for version in ("0.9", "0.99.1", "0", "00.1", "0-rc1"):
        a = get(path, User_Agent="cli-version/" + version)
        refused(a, 400)
        check(a.text() == OLD, a.text())
for agent in ("cli-version/1.0", "cli-version/1.0.0-rc", "cli-version/10.0",
              "curl/0.1", "x cli-version/0.1", "cli-version/"):
    check(get("/version", User_Agent=agent).status == 200, agent)

for path in ("/", "/x", "/version/", "/Version", "/ima", "/quote",
             "/app/init", "/app/restart", "//version", "/quote/tpm/"):
    refused(get(path), 404)
for path in ("/../etc/passwd", "/ima/%2e%2e/version", "/ima/../version",
             "/ima%2Fascii", "/versi%6fn"):
    a = get(path)
    check(a.status in (400, 404) or path == "/versi%6fn", path + ": " + a.line)
for path, allow in (("/version", "GET"), ("/ima/ascii", "GET"),
                    ("/quote/tpm", "GET"), ("/snapshot", "GET, DELETE")):
    a = ask("POST", path, b"")
    refused(a, 405)
    check(a.headers["allow"] == allow, "Allow: " + a.headers["allow"])
a = get("/attest")
refused(a, 405)
check(a.headers["allow"] == "POST", "Allow of /attest")
for method in ("PUT", "PATCH", "OPTIONS", "TRACE", "HEAD", "CONNECT", "get"):
    a = Conn()
    a.send(b"%s /version HTTP/1.1\r\nHost: a\r\n\r\n" % method.encode())
    line = a.upto(b"\r\n")
    check(line.split()[1] in (b"400", b"405", b"501"), repr(line))
refused(get("/version?x=1"), 400)

# POST /attest, strictly.
for body in (b"", b"{", b"[]", b"{}", b'{"nonce":1}', b'{"nonce":"AA"}',
             b'{"nonce":"%s"}' % (b"A" * 43), b'{"nonce":"%s"}' % (b"B" * 43),
             b'{"nonce":"%s=","tee":true}' % (b"x" * 43),
             b'{"nonce":"%s","x":1}' % (b"x" * 42 + b"w"),
             b'{"nonce":"%s","bank":"sha1"}' % (b"x" * 42 + b"w"),
             b'{"nonce":"%s","pcrs":[24]}' % (b"x" * 42 + b"w"),
             b'{"nonce":"%s","pcrs":[]}' % (b"x" * 42 + b"w"),
             b'{"nonce":"%s","subject":"x"}' % (b"x" * 42 + b"w"),
             b'{"nonce":"%s"}x' % (b"x" * 42 + b"w"),
             b'{"nonce":"%s","nonce":"%s"}' % (b"x" * 42 + b"w",
                                               b"x" * 42 + b"w")):
    refused(ask("POST", "/attest", body), 400)
good = b'{"nonce":"%s"}' % (b"x" * 42 + b"w")
check(ask("POST", "/attest", good).status == 200, "the good one")
refused(ask("POST", "/attest", good, Content_Type="text/html"), 415)

# No page of somebody else's may read answers, or disguise a method.
a = get("/version", Origin="https://evil.example",
        Access_Control_Request_Method="GET")
check(not [h for h in a.headers if h.startswith("access-control")], "CORS")
refused(ask("POST", "/snapshot", b"", x_http_method_override="DELETE"), 405)
refused(ask("POST", "/snapshot", b"", X_HTTP_Method="DELETE"), 405)
a = get("/snapshot", x_http_method_override="DELETE")
check(a.status in (200, 202) and "server" not in a.headers, "override of GET")
P

trace "a full queue is 503, and everybody else is served"
echo 5000 >"$HIERARCHY/delay-ms"
py <<'P'
import select
from agent import *

cs = []
for i in range(80):             # 32 of an address wait at most, ATTEST_PER_ADDRESS
    cs.append(Conn())
    cs[-1].send(("GET /quote/tee%s HTTP/1.1\r\nHost: a\r\n\r\n" %
                 nonce_query(os.urandom(32))).encode())
first = select.select([c.tls for c in cs], [], [], PATIENCE)[0]
check(first, "nobody is answered")
# what has no quote is not kept waiting by those
check(get("/version").status == 200, "/version meanwhile")
os.unlink(env("HIERARCHY") + "/delay-ms")
count = {200: 0, 503: 0}
for c in cs:
    a = c.answer()
    check(a.status in count, a.line)
    count[a.status] += 1
    check((a.status == 503) == ("retry-after" in a.headers), "Retry-After")
check(count[503] >= 1 and count[200] >= 30, "answers %s" % count)
check(get("/quote/tee" + nonce_query(os.urandom(32))).status == 200, "after")
P
exit 0
