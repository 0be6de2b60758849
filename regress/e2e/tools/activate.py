"""Credential activation from a client's side, for e2e/activate.sh."""
import hashlib
import hmac
import struct
import subprocess
from agent import *


def b64(s):
    check("=" not in s, "padding in an answer")
    return base64.b64decode(s + "=" * (-len(s) % 4))


def request(nonce, blob, seed, **more):
    return json.dumps(dict(nonce=unpadded(nonce), credential=unpadded(blob),
                           secret=unpadded(seed), **more)).encode()


def activate(conn, *what, **more):
    return conn.ask("POST", "/activate", request(*what, **more),
                    Content_Type="application/json")


def run(*command):
    p = subprocess.run(command, capture_output=True)
    check(p.returncode == 0, "%s: %r" % (command[0], p.stderr))
    return p.stdout


def nv(index):
    """What is in the TPM there, cut to the certificate; None if nothing is."""
    if b"0x%x" % index not in run("tpm2_getcap", "handles-nv-index").lower():
        return None
    data = run("tpm2_nvread", "-C", "o", "0x%x" % index)
    check(data[:2] == b"\x30\x82", "no certificate at 0x%x" % index)
    return data[:4 + struct.unpack(">H", data[2:4])[0]]


class Machine:
    def __init__(self, work):
        self.work = work
        self.certs = get("/tpm/certs").json()
        self.ek = b64(self.certs["ek_public"])
        bound = attest(Conn(), os.urandom(32)).json()["bound"]
        self.name = bytes.fromhex(bound["ak_name"])

    def make(self, name=None, ek=None):
        """A credential; the secret, TPMS_ID_OBJECT, and the encrypted secret."""
        secret = os.urandom(32)
        with open(self.work + "/secrets", "a") as f:
            f.write(secret.hex() + "\n" + unpadded(secret) + "\n")
        ek = ek or self.ek
        for path, data in (("/ek", struct.pack(">H", len(ek)) + ek),
                           ("/value", secret)):
            with open(self.work + path, "wb") as f:
                f.write(data)
        run("tpm2_makecredential", "-T", "none", "-u", self.work + "/ek", "-s",
            self.work + "/value", "-n", (name or self.name).hex(), "-o",
            self.work + "/credential")
        data = open(self.work + "/credential", "rb").read()
        check(data[:8] == bytes.fromhex("badcc0de00000001"), "magic")
        n = struct.unpack(">H", data[8:10])[0]
        m = struct.unpack(">H", data[10 + n:12 + n])[0]
        return secret, data[10:10 + n], data[12 + n:12 + n + m]

    def proof(self, secret, nonce, bound):
        return hmac.new(secret, b"CVM-ACT-1\0" + nonce +
                        bytes.fromhex(bound["cert"]) +
                        bytes.fromhex(bound["conn"]) + self.name,
                        hashlib.sha256).hexdigest()


def check_certs(m):
    trace("certificates")
    check(list(m.certs) == ["ek_public", "ek", "ek_chain", "ak"], "members")
    check(m.certs["ek_chain"] == [] and m.certs["ak"] == [], "lists")
    # swtpm_setup: P-384, which our EK is for, and RSA 2048
    want = [x for x in (nv(0x1c00016), nv(0x1c00002)) if x]
    check([b64(x) for x in m.certs["ek"]] == want, "certificates differ")
    public = run("tpm2_readpublic", "-c", "0x81000050", "-o",
                 m.work + "/public") and open(m.work + "/public", "rb").read()
    check(public[2:] == m.ek, "EK differs")
    check(get("/tpm/certs").json() == m.certs, "the second time they differ")


def check_proof(m):
    trace("proof")
    secret, blob, seed = m.make()
    nonce, seen = os.urandom(32), set()
    for _ in range(3):      # the same credential, on other connections
        c = Conn()
        bound = attest(c, nonce).json()["bound"]
        a = activate(c, nonce, blob, seed)
        check(a.status == 200, a.line)
        check(a.body == b'{"proof":"%s"}' %
              m.proof(secret, nonce, bound).encode(), "proof")
        check(secret.hex() not in a.text(), "the secret is in the answer")
        seen.add(a.body)
        other = os.urandom(32)
        a = activate(c, other, blob, seed)
        check(a.json()["proof"] == m.proof(secret, other, bound), "nonce")
    check(len(seen) == 3, "a proof is good on another connection")


def check_refused(m):
    trace("credentials that are refused")
    secret, blob, seed = m.make()
    nonce = os.urandom(32)
    wrong = m.name[:-1] + bytes([m.name[-1] ^ 1])
    cases = [(nonce,) + m.make(name=wrong)[1:]]
    for i in (3, len(blob) - 1):
        cases.append((nonce, blob[:i] + bytes([blob[i] ^ 1]) + blob[i + 1:],
                      seed))
    cases.append((nonce, blob, seed[:-1] + bytes([seed[-1] ^ 1])))
    cases.append((nonce, blob[:-1], seed))
    cases.append((nonce, blob, m.make()[2]))
    cases.append((nonce, seed, blob))
    c = Conn()
    for case in cases:
        a = activate(c, *case)
        check(a.status == 400 and "refuses" in a.text(), a.line)
    check(activate(c, nonce, blob, seed).status == 200, "the good one")


def check_bodies(m):
    trace("bodies that are refused")
    secret, blob, seed = m.make()
    good = json.loads(request(os.urandom(32), blob, seed))
    text = json.dumps(good)
    bad = [b"", b"{}", b"[]", text.encode() + b"x",
           text[:-1].encode() + b',"secret":"AAAA"}',
           dict(good, cert="AAAA"), dict(good, ak_name="AAAA"),
           dict(good, nonce=unpadded(bytes(32))),
           dict(good, nonce=unpadded(bytes(31) + b"\1") + "="),
           dict(good, nonce=unpadded(os.urandom(31))),
           dict(good, nonce=unpadded(os.urandom(33))),
           dict(good, credential=unpadded(os.urandom(133))),
           dict(good, secret=unpadded(os.urandom(513))),
           dict(good, credential=""), dict(good, secret=1)]
    c = Conn()
    for body in bad:
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        a = c.ask("POST", "/activate", body, Content_Type="application/json")
        check(a.status == 400, "%r: %s" % (body, a.line))
    a = c.ask("POST", "/activate", text.encode(), Content_Type="text/plain")
    check(a.status == 415, a.line)
    check(c.ask("POST", "/activate", text.encode()).status == 200, "no type")


def check_together(m):
    trace("quotes, certificates and activations at the same time")
    secret, blob, seed = m.make()
    nonce = os.urandom(32)
    conns = []
    for i in range(20):
        c = Conn()
        body = request(nonce, blob, seed) if i % 2 else json.dumps(
            dict(nonce=unpadded(nonce))).encode()
        c.send(b"POST /%s HTTP/1.1\r\nHost: agent\r\nContent-Length: %d\r\n"
               b"\r\n" % (b"activate" if i % 2 else b"attest", len(body)) +
               body)
        conns.append(c)
    seen = set()
    for c in conns:
        a = c.answer()
        check(a.status == 200, a.line)
        seen.add(a.body)
    check(len(seen) == 20, "two answers are the same")


def main(work):
    m = Machine(work)
    check_certs(m)
    check_proof(m)
    check_refused(m)
    check_bodies(m)
    check_together(m)
