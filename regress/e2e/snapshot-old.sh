#!/bin/sh
# Records that were deleted take up memory while somebody reads them: one
# snapshot more, and no longer.
tid=snapshot-old
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

mkdir "$WORK/tree"
agent_up --roots "$WORK/tree"
py "$WORK/tree" <<'P'
from agent import *

DEPTH, FILES = 14, 4000         # records of 14 MB: no socket holds them


def make_tree(top):
    path = top
    os.chdir(top)
    for _ in range(DEPTH):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)
    for i in range(FILES):
        open("f%d" % i, "w").close()


def snapshot():
    check(ask("DELETE", "/snapshot").status == 200, "DELETE")

    def ready():
        c = Conn()
        c.send(b"GET /snapshot HTTP/1.1\r\nHost: a\r\n"
               b"Accept: application/octet-stream\r\n\r\n")
        a = Answer(c.upto(b"\r\n\r\n"), b"")
        check(a.status in (200, 202), a.line)
        c.want = int(a.headers["content-length"])
        if a.status == 200:
            return c
        c.close()
        return None

    return wait("a snapshot", ready, 300)


make_tree(sys.argv[1])
first = snapshot()
second = snapshot()
check(len(first.take(first.want)) > FILES * DEPTH * 250, "the first as a whole")
first.close()
start = fds(int(env("AGENT_PID")))
third = snapshot()
fourth = snapshot()
try:
    second.take(second.want)
    check(False, "the second is there after two others")
except Gone:
    pass
check(len(third.take(third.want)) == third.want, "the third as a whole")
check(len(fourth.take(fourth.want)) == fourth.want, "the last as a whole")
wait("descriptors", lambda: fds(int(env("AGENT_PID"))) <= start)
P
grep -q 'snapshot.*cut' "$AGENT_LOG" || fail "no cut answer in the log"
exit 0
