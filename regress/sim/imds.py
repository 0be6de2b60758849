#!/usr/bin/env python3
"""Azure's metadata service, for the certificates of a simulated machine.

usage: imds.py PORT-FILE HIERARCHY MODE-FILE LOG AZURE-QUOTE

Serves on a free port of the loopback address, which it writes to PORT-FILE.
Each request is a line of LOG. What is answered is the word in MODE-FILE, which
is read for each request: good, or one of the hostile ones below.
"""
import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time

port_file, hierarchy, mode_file, log_file, azure_quote = sys.argv[1:]


def pem(name):
    with open("%s/%s.pem" % (hierarchy, name)) as f:
        return f.read()


def certs():
    return json.dumps({"vcekCert": pem("vcek"), "tcbm": "DB18000000000004",
                       "certificateChain": pem("ask") + pem("ark"),
                       "cacheControl": "86400"}).encode()


def td_quote(body):
    """The other question, on TDX: a quote of the TDREPORT."""
    text = json.loads(body)["report"]
    if set(text) & set("+/="):
        raise ValueError("no base64url")
    p = subprocess.run([azure_quote, hierarchy], check=True,
                       input=base64.urlsafe_b64decode(text + "=="),
                       capture_output=True)
    quote = base64.urlsafe_b64encode(p.stdout).decode().rstrip("=")
    return json.dumps({"quote": quote}).encode()


def ok(body, head=b""):
    return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + head +
            b"Content-Length: %d\r\n\r\n" % len(body) + body)


def chunked():
    body, out = certs(), b""
    for i in range(0, len(body), 1000):
        part = body[i:i + 1000]
        out += b"%x\r\n%s\r\n" % (len(part), part)
    return (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + out +
            b"0\r\n\r\n")


def swapped():
    """Well-formed, but the certificates of somebody else."""
    return ok(json.dumps({"vcekCert": pem("ark"), "certificateChain":
                          pem("ark") + pem("ark")}).encode())


MODES = {
    "good": lambda: ok(certs()),
    "chunked": chunked,
    "no-length": lambda: b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" +
    certs(),
    "redirect": lambda: b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/"
    b"\r\nContent-Length: 0\r\n\r\n",
    "status": lambda: b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno",
    "garbage": lambda: b"\x00\xff" * 5000,
    "not-json": lambda: ok(b"<html></html>"),
    "deep": lambda: ok(b"[" * 100000),
    "no-certs": lambda: ok(b'{"vcekCert":"x","certificateChain":"y"}'),
    "numbers": lambda: ok(b'{"vcekCert":1,"certificateChain":[]}'),
    "twice": lambda: ok(b'{"vcekCert":"a","vcekCert":"b"}'),
    "huge-body": lambda: ok(b" " * 1000000),
    "huge-length": lambda: b"HTTP/1.1 200 OK\r\nContent-Length: "
    b"99999999999999999999\r\n\r\n",
    "huge-head": lambda: b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100000,
    "smuggle": lambda: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "cut": lambda: ok(certs())[:2000],
    "empty": lambda: ok(b""),
    "nothing": lambda: b"",
    "swapped": swapped,
}


def body_of(c, head):
    """The rest of a POST, whose end is where its length says."""
    head, body = head.split(b"\r\n\r\n", 1)
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(": ")
        while name == "Content-Length" and len(body) < int(value):
            body += c.recv(65536)
    return body


def serve(c):
    with open(mode_file) as f:
        mode = f.read().strip()
    try:
        head = b""
        while b"\r\n\r\n" not in head:
            part = c.recv(65536)
            if not part:
                return
            head += part
        text = head.decode("latin-1")
        good = (text.startswith("GET /metadata/THIM/amd/certification "
                                "HTTP/1.1\r\n") and
                "\r\nMetadata: true\r\n" in text)
        td = text.startswith("POST /acc/tdquote HTTP/1.1\r\n")
        with open(log_file, "a") as f:
            f.write("%s %s\n" % (mode, "asked" if good or td else "WRONG " + text))
        if mode == "silent":
            time.sleep(60)
        elif mode == "slow":
            for b in ok(certs()):
                c.sendall(bytes([b]))
                time.sleep(1)
        elif td and mode == "good":
            c.sendall(ok(td_quote(body_of(c, head))))
        elif not good and not td:
            c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        else:
            c.sendall(MODES[mode]())
    except OSError:
        pass
    finally:
        c.close()


s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(64)
with open(port_file + ".new", "w") as out:
    out.write("%d\n" % s.getsockname()[1])
os.rename(port_file + ".new", port_file)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
