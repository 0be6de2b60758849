"""What the e2e scripts share: a TLS connection that shows every byte.

http.client would hide what is tested here: it mends, retries and closes.
The scripts export HOST, PORT and whatever else they need.
"""
import base64
import json
import os
import re
import signal
import socket
import ssl
import sys
import time

PATIENCE = 120          # seconds: a loaded machine is no failure


def env(name):
    return os.environ[name]


def fail(text):
    print("FAIL %s" % text, flush=True)
    sys.exit(1)


def check(condition, text):
    if not condition:
        fail(text)


def trace(text):
    print(time.strftime("%T ") + text, flush=True)


def wait(what, condition, seconds=PATIENCE):
    """Until condition() is true; returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, "waited in vain: " + what)
        time.sleep(0.05)


class Gone(Exception):
    """The other side closed before an answer was complete."""


class Answer:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.status = int(lines[0].split(" ")[1])
        self.headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            check(name.lower() not in self.headers, "header twice: " + name)
            self.headers[name.lower()] = value.strip()
        self.body = body

    def json(self):
        return json.loads(self.body)

    def text(self):
        return self.body.decode()


def context():
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    return c


class Conn:
    def __init__(self, host=None, port=None, timeout=PATIENCE):
        self.tcp = socket.create_connection(
            (host or env("HOST"), int(port or env("PORT"))), timeout)
        self.tls = context().wrap_socket(self.tcp)
        self.cert = self.tls.getpeercert(True)
        self.left = b""

    def close(self):
        self.tls.close()

    def send(self, data):
        self.tls.sendall(data)

    def more(self):
        try:
            data = self.tls.recv(65536)
        except (ConnectionError, ssl.SSLEOFError):
            data = b""
        if not data:
            raise Gone()
        self.left += data

    def upto(self, mark):
        while mark not in self.left:
            self.more()
        part, self.left = self.left.split(mark, 1)
        return part

    def take(self, n):
        while len(self.left) < n:
            self.more()
        part, self.left = self.left[:n], self.left[n:]
        return part

    def chunks(self):
        body = b""
        while True:
            n = int(self.upto(b"\r\n"), 16)
            body += self.take(n)
            check(self.take(2) == b"\r\n", "a chunk without its end")
            if n == 0:
                return body

    def answer(self):
        a = Answer(self.upto(b"\r\n\r\n"), b"")
        if a.headers.get("transfer-encoding") == "chunked":
            a.body = self.chunks()
        else:
            a.body = self.take(int(a.headers["content-length"]))
        return a

    def ended(self):
        """True once the other side has closed, with nothing more to read."""
        try:
            self.more()
        except Gone:
            return True
        return False

    def ask(self, method, path, body=None, **headers):
        text = "%s %s HTTP/1.1\r\nHost: agent\r\n" % (method, path)
        for name, value in headers.items():
            text += "%s: %s\r\n" % (name.replace("_", "-"), value)
        if body is not None:
            text += "Content-Length: %d\r\n" % len(body)
        self.send(text.encode() + b"\r\n" + (body or b""))
        return self.answer()


def ask(method, path, body=None, **headers):
    """One request on a connection of its own."""
    c = Conn()
    a = c.ask(method, path, body, **headers)
    c.close()
    return a


def get(path, **headers):
    return ask("GET", path, **headers)


def unpadded(data):
    return base64.b64encode(data).decode().rstrip("=")


def nonce_query(data):
    return "?nonce=" + unpadded(data).replace("+", "%2B").replace("/", "%2F")


def attest(conn, nonce, **more):
    body = dict(nonce=unpadded(nonce), **more)
    return conn.ask("POST", "/attest", json.dumps(body).encode(),
                    Content_Type="application/json")


# Processes of the agent.

def pids():
    """The agent and its children, pid -> name.

    Not from /proc/PID/task/PID/children, which may leave some out.
    """
    parent = int(env("AGENT_PID"))
    found = {parent: "parent"}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as f:
                name, rest = f.read().split("(", 1)[1].rsplit(") ", 1)
        except OSError:
            continue
        if int(rest.split()[1]) == parent:
            found[int(pid)] = name
    return found


def fds(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def log():
    with open(env("AGENT_LOG"), errors="surrogateescape") as f:
        return f.read()


def reload():
    """SIGHUP, and what is logged until the reload has ended."""
    n = len(log())
    os.kill(int(env("AGENT_PID")), signal.SIGHUP)
    wait("the reload", lambda: re.search("reload: .*\n", log()[n:]))
    return log()[n:]


def reload_refused(text, word):
    check(re.search("reload: .* stays?\n", text) and word in text,
          "logged: " + text)
