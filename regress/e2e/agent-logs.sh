#!/bin/sh
# What the agent hands out of the kernel's lists: the ASCII one as a string,
# the binary one as numbers, raw and in part, each equal to the file; the
# event log; and the version.
tid=agent-logs
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

agent_up
# A list of some length, with a name that JSON must escape.
printf 'x\n' >"$WORK/a\"b\\c"
"$TEST/sim/measure" "$WORK/a\"b\\c" || fail "measure"
for n in 1 2 3 4 5 6 7 8; do
	"$TEST/sim/measure" --name "/opt/program-$n" "$WORK/a\"b\\c" ||
	    fail "measure"
done

trace "/ima"
py <<'P'
from agent import *

ascii = open(env("IMA_DIR") + "/ascii_runtime_measurements").read()
binary = open(env("IMA_DIR") + "/binary_runtime_measurements", "rb").read()

a = get("/ima/ascii")
check(a.status == 200, a.line)
check(a.headers["content-type"] == "application/json", "type of /ima/ascii")
check(a.json() == ascii, "/ima/ascii is not the file")
check(a.body == json.dumps(ascii).encode(), "/ima/ascii: bytes as serde_json's")

a = get("/ima/binary")
check(a.status == 200 and
      a.headers["content-type"] == "application/json", a.line)
check(bytes(a.json()) == binary, "/ima/binary is not the file")
check(a.body == b"[" + b",".join(b"%d" % b for b in binary) + b"]",
      "/ima/binary: bytes as serde_json's")

# Ours: raw, and what has been added since the last look.
raw = dict(Accept="application/octet-stream")
a = get("/ima/binary", **raw)
check(a.status == 200 and a.body == binary, "raw /ima/binary")
check(a.headers["content-type"] == "application/octet-stream", "raw type")
size = len(binary)
for n in (0, 1, 40, size - 1):
    a = get("/ima/binary", Range="bytes=%d-" % n, **raw)
    check(a.status == 206 and a.body == binary[n:], "bytes=%d-" % n)
    check(a.headers["content-range"] == "bytes %d-%d/%d" % (n, size - 1, size),
          "Content-Range is " + a.headers["content-range"])
for n in (size, size + 1, 1 << 62, (1 << 64) + 5):
    a = get("/ima/binary", Range="bytes=%d-" % n, **raw)
    check(a.status == 416, "bytes=%d-: %s" % (n, a.line))
    check(a.headers["content-range"] == "bytes */%d" % size, "416's range")
# Ranges of other forms may be ignored, and never apply to JSON.
for r in ("bytes=0-5", "bytes=-5", "bytes=1-,3-", "lines=1-", "bytes=x-"):
    a = get("/ima/binary", Range=r, **raw)
    check(a.status == 200 and a.body == binary, "Range: " + r)
a = get("/ima/binary", Range="bytes=5-")
check(a.status == 200 and bytes(a.json()) == binary, "a range of JSON")
P

trace "HTTP/1.0 gets the same bytes and the end of the connection"
py <<'P'
from agent import *

c = Conn()
c.send(b"GET /ima/ascii HTTP/1.0\r\nHost: agent\r\n\r\n")
while not c.ended():
    pass
head, body = c.left.split(b"\r\n\r\n", 1)
check(b"chunked" not in head.lower(), "chunks to HTTP/1.0")
check(json.loads(body) ==
      open(env("IMA_DIR") + "/ascii_runtime_measurements").read(), "1.0")
P

trace "/eventlog and /version"
head -c 100000 /dev/urandom >"$WORK/eventlog"
py "$WORK/eventlog" <<'P'
import shutil
from agent import *

os.unlink(env("DIR") + "/eventlog")
a = get("/eventlog")
check(a.status == 404, "no event log: " + a.line)
shutil.copy(sys.argv[1], env("DIR") + "/eventlog")
a = get("/eventlog")
check(a.status == 200 and a.body == open(sys.argv[1], "rb").read(), "eventlog")
check(a.headers["content-type"] == "application/octet-stream", "its type")
a = get("/version")
check(a.status == 200 and a.json()["protocol"] == 1, "version")
P

trace "a list that is gone"
py <<'P'
from agent import *

for name in ("ascii", "binary"):
    path = env("IMA_DIR") + "/%s_runtime_measurements" % name
    os.rename(path, path + ".away")
    check(get("/ima/" + name).status == 404, name)
    os.rename(path + ".away", path)
    check(get("/ima/" + name).status == 200, name + " again")
P
exit 0
