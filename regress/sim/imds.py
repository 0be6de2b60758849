#!/usr/bin/env python3
"""Azure's metadata service, for the certificates of a simulated machine.

usage: imds.py PORT-FILE HIERARCHY MODE-FILE LOG

Serves on a free port of the loopback address, which it writes to PORT-FILE.
Each request is a line of LOG. What is answered is the word in MODE-FILE, which
is read for each request: good, or one of the hostile ones below.
"""
import json
import os
import socket
import sys
import threading
import time

port_file, hierarchy, mode_file, log_file = sys.argv[1:]


def pem(name):
    with open("%s/%s.pem" % (hierarchy, name)) as f:
        return f.read()


def certs():
    return json.dumps({"vcekCert": pem("vcek"), "tcbm": "DB18000000000004",
                       "certificateChain": pem("ask") + pem("ark"),
                       "cacheControl": "86400"}).encode()


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
        with open(log_file, "a") as f:
            f.write("%s %s\n" % (mode, "asked" if good else "WRONG " + text))
        if mode == "silent":
            time.sleep(60)
        elif mode == "slow":
            for b in ok(certs()):
                c.sendall(bytes([b]))
                time.sleep(1)
        elif not good:
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
