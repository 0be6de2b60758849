#!/usr/bin/env python3
"""Check a report and the host's certificate table as a stranger would.

Independent of evidence/ and of tsmfs: layout from AMD's documents, signatures
by the openssl program.

usage: snp-check.py OUTBLOB AUXBLOB REPORT_DATA ARK.pem DIR-for-files
"""
import os
import struct
import subprocess
import sys
import uuid

NAMES = {
    "63da758d-e664-4564-adc5-f4b93be8accd": "vcek",
    "4ab7b379-bbac-4fe4-a02f-05aef327c782": "ask",
    "c0b406a4-a803-4952-9743-3fb6014cd0ae": "ark",
    "92f81bc3-5811-4d3d-97ff-d19f88dc67ea": "crl",
}


def need(what, ok):
    if not ok:
        raise SystemExit("FAIL: " + what)


def openssl(*args):
    return subprocess.run(("openssl",) + args, check=True,
                          stdout=subprocess.PIPE).stdout


def certificates(aux):
    found, off = {}, 0
    while any(aux[off:off + 16]):
        guid = str(uuid.UUID(bytes=aux[off:off + 16]))
        start, size = struct.unpack_from("<II", aux, off + 16)
        need("entry within the table", start + size <= len(aux))
        found[NAMES[guid]] = aux[start:start + size]
        off += 24
    return found


def integer(raw):
    raw = raw.lstrip(b"\0") or b"\0"
    raw = (b"\0" if raw[0] & 0x80 else b"") + raw
    return b"\x02" + bytes([len(raw)]) + raw


def extension(vcek, dotted):
    """Bytes of extnValue of an extension under AMD's arc."""
    arc = bytes.fromhex("2b060104019c78") + bytes(dotted)
    oid = b"\x06" + bytes([len(arc)]) + arc
    at = vcek.index(oid) + len(oid)
    need("OCTET STRING", vcek[at] == 4)
    return vcek[at + 2:at + 2 + vcek[at + 1]]


def main():
    out, aux, data = (open(f, "rb").read() for f in sys.argv[1:4])
    ark, work = sys.argv[4:6]
    path = lambda n: os.path.join(work, n)
    need("size 1184", len(out) == 1184)
    need("report data", out[0x50:0x90] == data)
    certs = certificates(aux)
    crl = certs.pop("crl")
    need("three certificates", sorted(certs) == ["ark", "ask", "vcek"])
    for name, der in certs.items():
        with open(path(name + ".der"), "wb") as f:
            f.write(der)
        openssl("x509", "-inform", "der", "-in", path(name + ".der"),
                "-out", path(name + ".pem"))
    need("root", open(path("ark.pem")).read() == open(ark).read())
    openssl("verify", "-CAfile", ark, "-untrusted", path("ask.pem"),
            path("vcek.pem"))
    with open(path("crl.der"), "wb") as f:
        f.write(crl)
    openssl("crl", "-inform", "der", "-in", path("crl.der"), "-CAfile", ark,
            "-noout")

    r, s = out[0x2a0:0x2e8][::-1], out[0x2e8:0x330][::-1]
    need("rest of the signature zero", not any(out[0x330:]))
    body = integer(r) + integer(s)
    for name, blob in (("signed", out[:0x2a0]),
                       ("sig", b"\x30" + bytes([len(body)]) + body),
                       ("key.pem", openssl("x509", "-in", path("vcek.pem"),
                                           "-noout", "-pubkey"))):
        with open(path(name), "wb") as f:
            f.write(blob)
    openssl("dgst", "-sha384", "-verify", path("key.pem"), "-signature",
            path("sig"), path("signed"))

    vcek = certs["vcek"]
    need("HWID raw", extension(vcek, [1, 4]) == out[0x1a0:0x1e0])
    tcb = out[0x180:0x188]
    for where, value in (([1, 3, 1], tcb[0]), ([1, 3, 2], tcb[1]),
                         ([1, 3, 3], tcb[6]), ([1, 3, 8], tcb[7])):
        need("TCB %s" % where,
             extension(vcek, where) == integer(bytes([value])))
    need("productName", extension(vcek, [1, 2]) == b"\x16\x08Milan-B0")
    version = struct.unpack_from("<I", out)[0]
    need("CPUID", out[0x188:0x18b] ==
         (b"\x19\x01\x01" if version >= 3 else b"\0\0\0"))
    print("report v%d ok" % version)


main()
