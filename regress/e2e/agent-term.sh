#!/bin/sh
# SIGTERM finishes what is in flight, takes nothing new, ends with 0; and what
# a service manager is told on the way.
tid=agent-term
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

agent_up --no-agent --conf '[limits]
handshake_timeout = 3600'

# The agent as a child of the test, which sees its exit status.
trace "READY, RELOADING, STOPPING, and exit status 0"
echo 3000 >"$HIERARCHY/delay-ms"
py "$BIN/cosmian_vm_agent" "$WORK/notify" <<'P'
import signal
import subprocess
from agent import *

program, path = sys.argv[1:]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(path)
notify.settimeout(PATIENCE)
os.environ["NOTIFY_SOCKET"] = path
os.environ["COSMIAN_VM_AGENT_CONF"] = env("CONF")
out = open(env("AGENT_LOG"), "a")


def start():
    agent = subprocess.Popen([program, "-d"], stderr=out, stdout=out,
                             stdin=subprocess.DEVNULL)
    told("READY=1")
    os.environ["AGENT_PID"] = str(agent.pid)
    return agent


def told(word):
    got = notify.recv(4096).decode().split("\n")[0]
    check(got == word, "told %r, not %r" % (got, word))


def quiet():
    notify.settimeout(0.2)
    try:
        fail("told " + repr(notify.recv(4096)))
    except TimeoutError:
        notify.settimeout(PATIENCE)


def refused():
    try:
        socket.create_connection((env("HOST"), int(env("PORT"))), 5).close()
        return False
    except ConnectionResetError:
        return False    # it was being closed just then
    except ConnectionRefusedError:
        return True


agent = start()
try:
    check(get("/version").status == 200, "serves when it says so")
    agent.send_signal(signal.SIGHUP)
    told("RELOADING=1")
    told("READY=1")

    # In flight: a report that takes its time, half a request, an idle one.
    busy, idle = Conn(), Conn()
    check(idle.ask("GET", "/version").status == 200, "idle")
    busy.send(("GET /quote/tee%s HTTP/1.1\r\nHost: a\r\n\r\n" %
               nonce_query(bytes(32))).encode())
    wait("the report", lambda: "agent-tee" in pids().values())
    agent.send_signal(signal.SIGTERM)
    told("STOPPING=1")
    wait("the port is closed", refused)
    check(agent.poll() is None, "ended before what was in flight")
    check(idle.ended(), "the idle connection is kept")
    os.unlink(env("HIERARCHY") + "/delay-ms")
    a = busy.answer()
    check(a.status == 200 and bytes(a.json())[0x50:0x70] == bytes(32), a.line)
    check(a.headers["connection"] == "close", "kept alive while it ends")
    check(busy.ended(), "kept alive")
    check(agent.wait(PATIENCE) == 0, "exit status %s" % agent.returncode)
    quiet()

    trace("again, with nothing in flight, twice the signal")
    agent = start()
    children = [p for p in pids() if p != agent.pid]
    check(len(children) >= 6, "children %s" % children)
    agent.send_signal(signal.SIGTERM)
    agent.send_signal(signal.SIGINT)
    told("STOPPING=1")
    check(agent.wait(PATIENCE) == 0, "exit status %s" % agent.returncode)
    for p in children:
        check(not os.path.exists("/proc/%d" % p), "child %d lives" % p)

    trace("a stranger in the middle of a handshake holds nothing up")
    agent = start()
    mute = [socket.create_connection((env("HOST"), int(env("PORT"))))
            for _ in range(8)]
    for s in mute[4:]:
        s.sendall(b"\x16\x03\x01\x02\x00")
    check(get("/version").status == 200, "beside them")
    agent.send_signal(signal.SIGTERM)
    told("STOPPING=1")
    check(agent.wait(PATIENCE) == 0, "exit status %s" % agent.returncode)
    check("connections cut" not in log(), "waited for strangers")

    trace("a signal during the start")
    os.environ.pop("NOTIFY_SOCKET")
    for pause in (0, 0.01, 0.03, 0.1):
        agent = subprocess.Popen([program, "-d"], stderr=out, stdout=out)
        time.sleep(pause)
        agent.send_signal(signal.SIGTERM)
        rc = agent.wait(PATIENCE)
        # before it has a handler the signal itself ends it
        check(rc in (0, -signal.SIGTERM), "exit status %d" % rc)
finally:
    agent.poll() is not None or agent.kill()
    agent.wait()
P

trace "its children end with it, whatever kills it"
"$SIM/agent" "$DIR" start || fail "start"
read -r pid _ <"$DIR/run/agent"
children=$(cat "/proc/$pid/task/$pid/children")
[ "$(echo $children | wc -w)" -ge 6 ] || fail "children: $children"
kill -9 "$pid"
none_left()
{
	for p in $children; do
		[ ! -d "/proc/$p" ] || grep -q '^State:.*Z' "/proc/$p/status" ||
		    return 1
	done
}
wait_until 60 none_left || fail "children outlive the agent: $children"
exit 0
