#!/usr/bin/env python3
"""The compatible endpoints as an oracle for the strong form.

usage: oracle.py URL CERT_PEM

Asks the real agent for quotes and reports over everything that it signs in the
compatible form, and compares with what the strong form would accept.  Exits 1
with the reason when one is found.
"""
import base64
import hashlib
import json
import os
import ssl
import subprocess
import sys
import urllib.parse

URL, CERT = sys.argv[1:]
CERT_DIGEST = hashlib.sha256(
    ssl.PEM_cert_to_DER_cert(open(CERT).read())).digest()
STRONG_LEN = 34         # "CV" and a SHA-256: PROTOCOL.md


def fail(text):
    print('FINDING', text)
    sys.exit(1)


def check(condition, text):
    if not condition:
        fail(text)


def curl(path, *more):
    """status, body"""
    p = subprocess.run(['curl', '-sk', '-m', '60', '--http1.1', '-w',
                        '\n%{http_code}', *more, URL + path],
                       capture_output=True, check=True)
    body, code = p.stdout.rsplit(b'\n', 1)
    return int(code), body


def b64(data):
    return base64.b64encode(data).decode().rstrip('=')


def unb64(text):
    return base64.b64decode(text + '=' * (-len(text) % 4))


def query(nonce):
    return '?nonce=' + urllib.parse.quote(b64(nonce), safe='')


def extra_data(attest):
    """TPMS_ATTEST: magic, type, TPM2B signer, TPM2B extraData"""
    check(attest[:6] == b'\xffTCG\x80\x18', 'not a quote')
    at = 8 + int.from_bytes(attest[6:8], 'big')
    n = int.from_bytes(attest[at:at + 2], 'big')
    return attest[at + 2:at + 2 + n]


def field(answer, *names):
    for name in names:
        if name in answer:
            value = answer[name]
            return bytes(value) if isinstance(value, list) else unb64(value)
    fail('no %s in %s' % (names, sorted(answer)))


def strong(nonce):
    body = json.dumps({'nonce': b64(nonce)})
    status, answer = curl('/attest', '-H', 'Content-Type: application/json',
                          '-d', body)
    check(status == 200, '/attest: %d %s' % (status, answer[:200]))
    return json.loads(answer)


def quotes():
    """Every length: 34 is refused, the others are signed as they came."""
    for n in range(0, 80):
        nonce = os.urandom(n)
        status, body = curl('/quote/tpm' + query(nonce))
        if n == STRONG_LEN or n > 64:
            check(status == 400, 'nonce of %d bytes: %d' % (n, status))
            continue
        check(status == 200, 'nonce of %d bytes: %d %s' % (n, status, body))
        data = extra_data(field(json.loads(body), 'quote'))
        check(data == nonce, 'nonce of %d bytes: %s' % (n, data.hex()))
        check(len(data) != STRONG_LEN, 'a compatible quote with 34 bytes')


def tpm_replay():
    """What a strong quote has signed cannot be had from the compatible form."""
    want = extra_data(unb64(strong(os.urandom(32))['tpm']['quote']))
    check(len(want) == STRONG_LEN and want[:2] == b'CV', want.hex())
    tries = {
        'the data': query(want),
        'with padding': '?nonce=' + urllib.parse.quote(
            base64.b64encode(want).decode(), safe=''),
        'of the URL alphabet': '?nonce=' + base64.urlsafe_b64encode(
            want).decode().rstrip('='),
        'not escaped': '?nonce=' + b64(want),
        'twice': query(want[:32]) + '&nonce=' +
        urllib.parse.quote(b64(want), safe=''),
        'the other way round': query(want) + '&nonce=' +
        urllib.parse.quote(b64(want[:32]), safe=''),
        'with a blank': '?nonce=' + urllib.parse.quote(b64(want) + ' '),
        'with a line end': '?nonce=' + urllib.parse.quote(b64(want) + '\n'),
        'escaped throughout': '?nonce=' + ''.join(
            '%%%02X' % c for c in b64(want).encode()),
        'with a NUL': '?nonce=' + urllib.parse.quote(b64(want) + '\0'),
        'one byte more': query(want + b'\0'),
        'one byte less': query(want[:-1]),
    }
    for what, q in tries.items():
        status, body = curl('/quote/tpm' + q)
        if status == 200:
            data = extra_data(field(json.loads(body), 'quote'))
            check(data != want and len(data) != STRONG_LEN,
                  'strong data, %s' % what)
            print('signed, %d bytes: %s' % (len(data), what))
        else:
            check(status == 400, '%s: %d' % (what, status))


def report_data(blob):
    """report_data of the SNP report in the Cosmian quote blob (WIRE 1.2)"""
    for at in (0, 4, 8, 12, 16):
        version = int.from_bytes(blob[at:at + 4], 'little')
        policy = int.from_bytes(blob[at + 0x34:at + 0x38], 'little')
        if version in (2, 3) and policy == 1:
            return blob[at + 0x50:at + 0x90]
    fail('no report in %s...' % blob[:64].hex())


def tee_blob(answer):
    doc = json.loads(answer)
    return bytes(doc) if isinstance(doc, list) else field(doc, 'quote')


def reports():
    """The second half is always ours: the certificate's digest."""
    seen = strong(os.urandom(32))
    check(seen['tee'] is not None, 'no TEE in the simulation')
    want = report_data(unb64(seen['tee']['quote']))
    check(want[32:] != CERT_DIGEST,
          'a strong report looks like a compatible one')
    for nonce in (os.urandom(32), bytes(32), want[:32], CERT_DIGEST):
        status, body = curl('/quote/tee' + query(nonce))
        check(status == 200, '/quote/tee: %d %s' % (status, body[:200]))
        data = report_data(tee_blob(body))
        check(data == nonce + CERT_DIGEST, 'report data ' + data.hex())
        check(data != want, 'the strong report data')
    for n in list(range(0, 32)) + list(range(33, 66)):
        nonce = (want + want)[:n]
        status, body = curl('/quote/tee' + query(nonce))
        check(status == 400, '/quote/tee, %d bytes: %d' % (n, status))


def strong_only():
    """The strong form lets nobody choose what is signed."""
    nonce = os.urandom(32)
    one, two = strong(nonce), strong(nonce)
    a = extra_data(unb64(one['tpm']['quote']))
    b = extra_data(unb64(two['tpm']['quote']))
    check(a != b, 'two connections, one nonce, the same data')
    for what, doc in {
            '34 bytes': {'nonce': b64(b'CV' + nonce)},
            '64 bytes': {'nonce': b64(nonce + nonce)},
            'zeros': {'nonce': b64(bytes(32))},
            'a key more': {'nonce': b64(nonce), 'conn': nonce.hex()},
            'report data': {'nonce': b64(nonce), 'report_data': nonce.hex()},
            'a subject of its own': {'nonce': b64(nonce),
                                     'subject': nonce.hex()},
            'SHA-1': {'nonce': b64(nonce), 'bank': 'sha1'},
            'no PCR': {'nonce': b64(nonce), 'pcrs': []},
            'PCR 24': {'nonce': b64(nonce), 'pcrs': [24]},
    }.items():
        status, _ = curl('/attest', '-H', 'Content-Type: application/json',
                         '-d', json.dumps(doc))
        check(status == 400, '/attest with %s: %d' % (what, status))


for part in (quotes, tpm_replay, reports, strong_only):
    print(part.__name__)
    part()
