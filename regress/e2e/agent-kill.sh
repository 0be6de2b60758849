#!/bin/sh
# Each worker is killed in turn under load: the agent goes on, connections of
# the other workers finish, the log says what died and that it was replaced,
# and no descriptor of the parent is lost.
tid=agent-kill
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

mkdir "$WORK/tree"
agent_up --roots "$WORK/tree"

py <<'P'
import hashlib
import threading
from agent import *

parent = int(env("AGENT_PID"))
done = threading.Event()
lock = threading.Lock()
good = cut = refused = 0
wrong = []


def one():
    global good, cut, refused
    try:
        c = Conn()
        for path in ("/version", "/quote/tpm" + nonce_query(os.urandom(32)),
                     "/ima/binary"):
            a = c.ask("GET", path)
            with lock:
                if a.status == 200:
                    good += 1
                elif a.status in (500, 503):
                    refused += 1
                else:
                    wrong.append(a.line)
        c.close()
    except (OSError, Gone):     # its net or web was the one that was killed
        with lock:
            cut += 1


def load():
    while not done.is_set():
        one()


def by_name(name):
    return sorted(p for p, n in pids().items() if n == name)


def served(n):
    """n more answers than now."""
    end = good + n
    wait("%d more answers" % n, lambda: good >= end)


def settled():
    """Only the parent and those that always live."""
    return sorted(pids().values()) == always


# Idle connections, one at least in each net and in each web: every one is
# seen to live or to die with its workers.
wait("short-lived processes", lambda: len(pids()) == 7)
always = sorted(pids().values())
start = fds(parent)
threads = [threading.Thread(target=load, daemon=True) for _ in range(6)]
for t in threads:
    t.start()
served(50)
total = 0
for name in ("agent-net", "agent-web", "agent-keys", "agent-tpm"):
    for nth in range(len(by_name(name))):
        held = [Conn() for _ in range(8)]
        for c in held:
            check(c.ask("GET", "/version").status == 200, "before")
        victim = by_name(name)[nth]
        trace("kill %s %d" % (name, victim))
        before = set(pids())
        os.kill(victim, signal.SIGKILL)
        wait(name + " is replaced", lambda: victim not in pids() and
             sorted(n for n in pids().values() if n in always) == always)
        check(before - {victim} <= set(pids()), "another one died, too")
        alive = 0
        for c in held:
            try:
                check(c.ask("GET", "/version").status == 200, "after")
                alive += 1
            except (OSError, Gone):
                pass
            c.close()
        # with two of each, half of them; all if it is no net or web
        want = 1 if name in ("agent-net", "agent-web") else len(held)
        check(alive >= want, "%s: %d of 8 connections live" % (name, alive))
        check(alive < 8 or want == 8, "%s: nothing died with it" % name)
        served(20)
        role = name.split("-")[1]
        pattern = r"%s\[(\d)\] pid %d: signal 9\n" % (role, victim)
        slot = wait("the death in the log",
                    lambda: re.search(pattern, log())).group(1)
        wait("the replacement in the log", lambda: re.search(
            r"pid %d: signal 9\n(.*\n)*?.* %s\[%s\]: replaced\n" %
            (victim, role, slot), log()))
        total += 1
done.set()
for t in threads:
    t.join(PATIENCE)
check(not wrong, "answers %s" % wrong[:3])
trace("%d answers, %d refused, %d cut" % (good, refused, cut))
check(total == 6, "%d workers were killed" % total)
check(cut < good, "more was cut than served")

wait("descriptors return to %d" % start,
     lambda: settled() and fds(parent) == start)
check(log().count(": replaced\n") == total, "others were replaced as well")

trace("evidence is whole again")
c = Conn()
a = attest(c, b"n" * 32)
check(a.status == 200, a.line)
check(a.json()["bound"]["cert"] == hashlib.sha256(c.cert).hexdigest(), "cert")
P
at="$(readlink "/proc/$AGENT_PID/exe")"
[ "$at" = "$BIN/cosmian_vm_agent" ] || fail "the parent is $at"

exit 0
