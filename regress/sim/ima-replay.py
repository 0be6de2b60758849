#!/usr/bin/env python3
"""Replay an IMA list and print what PCR 10 must be, one line a bank.

Independent of evidence/ and of the tool "measure": written from the layout of
the kernel's list, all templates, for kernels from 5.8 on.

usage: ima-replay.py LIST [BANK ...]    (default sha1 sha256)
"""
import hashlib
import struct
import sys

PCR = 10


def entries(raw):
    """Yield (pcr, digest in the list, name, bytes that are hashed)."""
    off = 0

    def take(n):
        nonlocal off
        if off + n > len(raw):
            raise SystemExit("list ends inside an entry")
        off += n
        return raw[off - n:off]

    def number():
        return struct.unpack("<I", take(4))[0]

    while off < len(raw):
        pcr, digest = number(), take(20)
        name = take(number()).decode()
        if name == "ima":
            file_digest = take(20)
            hashed = file_digest + take(number()).ljust(256, b"\0")
        else:
            hashed = take(number())
        yield pcr, digest, name, hashed


def replay(raw, bank):
    size = hashlib.new(bank).digest_size
    value = bytes(size)
    for pcr, digest, name, hashed in entries(raw):
        if digest == bytes(20):
            extend = b"\xff" * size
        else:
            if hashlib.sha1(hashed).digest() != digest:
                raise SystemExit("%s: wrong template digest" % name)
            extend = hashlib.new(bank, hashed).digest()
        if pcr == PCR:
            value = hashlib.new(bank, value + extend).digest()
    return value


def main():
    with open(sys.argv[1], "rb") as f:
        raw = f.read()
    print("entries", sum(1 for _ in entries(raw)))
    for bank in sys.argv[2:] or ["sha1", "sha256"]:
        print(bank, replay(raw, bank).hex())


main()
