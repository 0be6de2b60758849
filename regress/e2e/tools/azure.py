"""Evidence of a simulated Azure machine, taken apart with nothing of ours."""
import hashlib
import struct
from agent import *


def b64(text):
    check("=" not in text, "padding in an answer")
    return base64.b64decode(text + "=" * (-len(text) % 4))


def requests():
    """What the metadata service was asked: the mode it was in, each time."""
    try:
        with open(env("IMDS_LOG")) as f:
            lines = f.read().splitlines()
    except FileNotFoundError:
        return []
    for line in lines:
        check(line.endswith(" asked"), "another request: " + line)
    return [line.split(" ")[0] for line in lines]


def attest_begin(conn, nonce):
    body = json.dumps({"nonce": unpadded(nonce)}).encode()
    conn.send(b"POST /attest HTTP/1.1\r\nHost: agent\r\nContent-Type: "
              b"application/json\r\nContent-Length: %d\r\n\r\n" % len(body) +
              body)


def items(bound):
    """PROTOCOL.md, section 4."""
    mask = sum(1 << n for n in bound["pcrs"]).to_bytes(3, "little")
    values = [bytes.fromhex(bound[k] or "") for k in
              ("nonce", "cert", "conn", "seal_pk", "config", "ak_name")]
    values += [struct.pack(">H", 0xb) + mask,
               bytes.fromhex(bound["subject"] or "")]
    return b"".join(struct.pack(">H", len(v)) + v for v in values)


def digests(bound):
    packed = items(bound)
    return (hashlib.sha512(b"CVM-TEE-1\0" + packed).digest(),
            b"CV" + hashlib.sha256(b"CVM-TPM-1\0" + packed).digest())


def runtime(hcl):
    """The paravisor's JSON, which the hardware report has to be over."""
    check(hcl[:4] == b"HCLA", "no report of the paravisor")
    n = int.from_bytes(hcl[1232:1236], "little")
    text = hcl[1236:1236 + n]
    tdx = hcl[1224] == 4
    at = 32 + (128 if tdx else 0x50)
    check(hcl[at:at + 64] == hashlib.sha256(text).digest() + bytes(32),
          "report data")
    check(tdx or hcl[32 + 0x30:32 + 0x34] == bytes(4), "VMPL")
    return json.loads(text)


def evidence(conn, nonce, kind="azure-snp"):
    """An answer in the strong form, everything in it bound to this request."""
    a = attest(conn, nonce)
    check(a.status == 200, a.line)
    a = a.json()
    bound = a["bound"]
    check(bound["nonce"] == nonce.hex(), "another nonce")
    check(bound["cert"] == hashlib.sha256(conn.cert).hexdigest(), "certificate")
    tee, tpm = digests(bound)
    check(a["tee"]["kind"] == kind and
          list(a["tee"]) == ["kind", "quote", "extra"], "tee")
    r = runtime(b64(a["tee"]["quote"]))
    check(r["user-data"] == tee.hex().upper(), "user data is not of this request")
    attested = b64(a["tpm"]["quote"])
    n = int.from_bytes(attested[6:8], "big")
    check(attested[8 + n:8 + n + 36] == b"\0\x22" + tpm, "qualifying data")
    public = b64(a["tpm"]["public_key"])
    ak = [k for k in r["keys"] if k["kid"] == "HCLAkPub"][0]
    check(public[:4] == b"\0\1\0\x0b" and public[-256:] ==
          base64.urlsafe_b64decode(ak["n"] + "=="), "AK is not the paravisor's")
    check(bound["ak_name"] == "000b" + hashlib.sha256(public).hexdigest(),
          "Name of the AK")
    if kind == "azure-tdx":
        # the body of a quote of version 4 ends in the report data
        quote, hcl = b64(a["tee"]["extra"]), b64(a["tee"]["quote"])
        check(quote[568:632] == hcl[160:224], "quote of another TDREPORT")
    elif a["tee"]["extra"] is not None:
        text = b64(a["tee"]["extra"]).decode()
        check(text.count("BEGIN CERTIFICATE") == 3, "certificates")
    return a


def write_case(folder, a):
    """What `cosmian_vm evidence verify --kind azure-hcl` wants, as files."""
    tee, tpm = digests(a["bound"])
    extra, pem = b64(a["tee"]["extra"]), []
    if a["tee"]["kind"] == "azure-snp":
        pem = extra.decode().split("-----BEGIN")[1:]
    names = {"hcl": b64(a["tee"]["quote"]), "quote": b64(a["tpm"]["quote"]),
             "signature": b64(a["tpm"]["signature"]),
             "pcrs": json.dumps({"bank": "sha256",
                                "pcrs": a["tpm"]["pcrs"]}).encode(),
             "report_data": tee.hex().encode(),
             "qualifying": tpm.hex().encode(), "extra": extra}
    for name, text in zip(("vek", "issuer", "ark"), pem):
        names[name + ".pem"] = ("-----BEGIN" + text).encode()
    os.makedirs(folder, exist_ok=True)
    for name, data in names.items():
        with open(folder + "/" + name, "wb") as f:
            f.write(data)
