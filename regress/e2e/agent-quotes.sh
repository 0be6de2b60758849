#!/bin/sh
# The quotes of the compatible form, byte for byte: what is signed, over what,
# and by whom; checked with openssl, not with our own code.
tid=agent-quotes
. "$(dirname "$0")/../lib.sh"
. "$TOP/regress/e2e/tools/agent.sh"

command -v openssl >/dev/null || skip "no openssl program"
agent_up

trace "/quote/tpm"
py "$WORK" "$SIM" <<'P'
import hashlib
import struct
import subprocess
from agent import *

work, sim = sys.argv[1:]


def b64(s):
    check("=" not in s, "padding in an answer")
    return base64.b64decode(s + "=" * (-len(s) % 4))


def sized(data, at):
    n = struct.unpack_from(">H", data, at)[0]
    return data[at + 2:at + 2 + n], at + 2 + n


def der(tag, data):
    if len(data) < 128:
        return bytes([tag, len(data)]) + data
    return bytes([tag, 0x81, len(data)]) + data


def integer(data):
    data = data.lstrip(b"\0") or b"\0"
    return der(2, (b"\0" if data[0] & 0x80 else b"") + data)


def spki(public):
    kind, name_alg, attributes = struct.unpack_from(">HHI", public)
    check((kind, name_alg) == (0x23, 0xb), "AK is not ECC with SHA-256")
    check(attributes & 0x50052 == 0x50052,
          "AK %08x is not fixed, restricted and for signing" % attributes)
    _, at = sized(public, 8)
    check(public[at:at + 10] == bytes.fromhex("00100018000b00030010"),
          "AK is not P-256, ECDSA, SHA-256")
    x, at = sized(public, at + 10)
    y, at = sized(public, at)
    check(at == len(public), "bytes after TPMT_PUBLIC")
    point = b"\4" + x.rjust(32, b"\0") + y.rjust(32, b"\0")
    return bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107"
                         "034200") + point


def verify(public, attest, signature):
    check(signature[:4] == b"\0\x18\0\x0b", "not ECDSA with SHA-256")
    r, at = sized(signature, 4)
    s, at = sized(signature, at)
    check(at == len(signature), "bytes after the signature")
    for name, data in (("key", spki(public)), ("data", attest),
                       ("sig", der(0x30, integer(r) + integer(s)))):
        open(work + "/" + name, "wb").write(data)
    p = subprocess.run(["openssl", "dgst", "-sha256", "-keyform", "DER",
                        "-verify", work + "/key", "-signature",
                        work + "/sig", work + "/data"], capture_output=True)
    check(p.returncode == 0, "openssl: " + repr(p.stdout + p.stderr))


def replay():
    out = subprocess.run([sim + "/ima-replay.py", env("IMA_DIR") +
                          "/binary_runtime_measurements"],
                         capture_output=True, text=True).stdout
    return bytes.fromhex(out.split("sha256 ")[1].split()[0])


def look(nonce):
    a = get("/quote/tpm" + nonce_query(nonce))
    check(a.status == 200 and
          a.headers["content-type"] == "application/json", a.line)
    q = a.json()
    check(list(q) == ["pcr_value_hash_method", "quote", "signature",
                      "public_key"], "keys are %s" % list(q))
    check(a.body == json.dumps(q, separators=(",", ":")).encode(),
          "blanks in the answer")
    check(q["pcr_value_hash_method"] == "Sha256", "bank")
    attest = b64(q["quote"])
    check(attest[:6] == bytes.fromhex("ff5443478018"), "magic and type")
    _, at = sized(attest, 6)
    extra, at = sized(attest, at)
    check(extra == nonce, "extraData is not the nonce")
    at += 17 + 8
    check(attest[at:at + 10] == bytes.fromhex("00000001000b03000400"),
          "PCR selection is not PCR 10 of SHA-256")
    digest, at = sized(attest, at + 10)
    check(at == len(attest), "bytes after TPMS_ATTEST")
    check(digest == hashlib.sha256(replay()).digest(), "PCR digest")
    verify(b64(q["public_key"]), attest, b64(q["signature"]))


# Bytes whose base64 has + and /, which are percent-encoded in a query.
for nonce in (b"\xfb\xef\xff" * 5 + b"\1", b"\xff" * 16, bytes(32),
              os.urandom(33), os.urandom(64), b"\0", b""):
    look(nonce)
P

trace "/quote/tee"
py "$WORK" "$SIM" "$TRUST_ROOT" <<'P'
import hashlib
import subprocess
from agent import *

work, sim, root = sys.argv[1:]
for nonce in (os.urandom(32), bytes(32)):
    c = Conn()
    a = c.ask("GET", "/quote/tee" + nonce_query(nonce))
    check(a.status == 200 and
          a.headers["content-type"] == "application/json", a.line)
    blob = bytes(a.json())
    check(a.body == b"[" + b",".join(b"%d" % b for b in blob) + b"]", "bytes")
    data = nonce + hashlib.sha256(c.cert).digest()
    check(blob[0x50:0x90] == data, "report data is not nonce and certificate")
    count = int.from_bytes(blob[1184:1188], "little")
    check(count == 4, "%d certificates and lists" % count)
    at, guids = 1188, set()
    for _ in range(count):
        n = int.from_bytes(blob[at:at + 4], "little")
        guids.add(blob[at + 4:at + 20].hex())
        check(blob[at + 20:at + 22] == b"\x30\x82", "no DER certificate")
        at += 4 + n
    check(at == len(blob), "bytes after the last certificate")
    check(guids == {"c0b406a4a803495297433fb6014cd0ae",
                    "4ab7b379bbac4fe4a02f05aef327c782",
                    "63da758de6644564adc5f4b93be8accd",
                    "92f81bc358114d3d97ffd19f88dc67ea"}, "GUIDs")
P
exit 0
