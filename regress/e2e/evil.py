#!/usr/bin/env python3
"""Drive the misbehaving workers of regress/proc/evil over the agent's port.

usage: evil.py web|net PORT
       evil.py tpm|activate PORT FIRST_ACT LAST_ACT
       evil.py proxy SOCKET TPM_SOCKET LOG

Prints a line for each finding and exits 1 if there is one.
"""
import base64
import binascii
import json
import os
import re
import socket
import ssl
import sys
import time
import urllib.request

WAIT_S = 30
MSG = {}        # name to number, from agentd/msg.h
found = []


def finding(text):
    print('FINDING', text)
    found.append(text)


def messages():
    top = os.path.dirname(os.path.abspath(__file__)) + '/../..'
    with open(top + '/agentd/msg.h') as f:
        for name, value in re.findall(r'X\((\w+),\s+(\d+)\)', f.read()):
            MSG[name] = int(value)


class Killed(Exception):
    pass


class Remote:
    """One connection and the taken process behind it."""

    def __init__(self, port, tls):
        end = time.time() + WAIT_S
        while True:
            try:
                self.start(port, tls)
                return
            except (OSError, Killed):
                if time.time() > end:
                    raise
                time.sleep(0.1)

    def start(self, port, tls):
        self.s = socket.create_connection(('127.0.0.1', port), WAIT_S)
        self.s.settimeout(WAIT_S)
        if tls:
            ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            ctx.check_hostname = False
            ctx.verify_mode = ssl.CERT_NONE
            self.s = ctx.wrap_socket(self.s)
        self.f = self.s.makefile('rb')
        word, ident, pid = self.line().split()
        if word != 'conn':
            raise Killed(word)
        self.id = int(ident)
        self.pid = int(pid)

    def line(self):
        try:
            text = self.f.readline()
        except (OSError, ssl.SSLError) as e:
            if isinstance(e, TimeoutError):
                raise
            text = b''
        if not text.endswith(b'\n'):
            raise Killed
        return text.decode().rstrip('\n')

    def say(self, to, name, ident, payload=b''):
        kind = MSG[name] if isinstance(name, str) else name
        text = '%s %d %d %s\n' % (to, kind, ident,
                                  binascii.hexlify(payload).decode() or '-')
        self.s.sendall(text.encode())

    def answer(self):
        """FROM, type, id, number of descriptors, payload"""
        w = self.line().split(' ')
        return w[0], int(w[1]), int(w[2]), int(w[3]), binascii.unhexlify(w[4])

    def close(self):
        self.f.close()
        self.s.close()


def must_die(what, r, name, ident, payload=b''):
    try:
        r.say('parent', name, ident, payload)
        finding('%s: not killed, it said %s' % (what, r.line()))
    except Killed:
        print('killed:', what)
    except TimeoutError:
        finding('%s: neither killed nor answered' % what)
    r.close()


def request(form, nonce, tee=0, subject=0, bank=0x0b, mask=b'\0\4\0'):
    return (bytes([form, tee, subject]) + bank.to_bytes(2, 'big') + mask +
            len(nonce).to_bytes(2, 'big') + nonce)


def activation(nonce, credential=b'blob', secret=b'seed'):
    return nonce + b''.join(len(x).to_bytes(2, 'big') + x
                            for x in (credential, secret))


STRONG, TPM, TEE = 0, 1, 2
OK, FAILED, REFUSED = 0, 4, 5
N32 = bytes(range(1, 33))


def other_conn(port, tls):
    """Two connections in different processes."""
    end = time.time() + WAIT_S
    while time.time() < end:
        a = Remote(port, tls)
        b = Remote(port, tls)
        if a.pid != b.pid:
            return a, b
        a.close()       # the others are still being replaced
        b.close()
        time.sleep(0.2)
    raise TimeoutError('one process serves all')


def answered(r, what, status, name='ATTEST_ANS'):
    try:
        frm, kind, ident, nfds, data = r.answer()
    except Killed:
        finding('%s: killed' % what)
        return b''
    if kind != MSG[name] or data[0] != status:
        finding('%s: answer %d, status %d' % (what, kind, data[0]))
    return data


def web_allowed(port):
    r = Remote(port, True)
    for n in (0, 1, 33, 35, 64):
        nonce = bytes([0xc0]) * n
        r.say('parent', 'ATTEST_REQ', r.id, request(TPM, nonce))
        data = answered(r, 'compatible quote, %d bytes' % n, OK)
        if b'\xffTCG\x80\x18' not in data or nonce not in data:
            finding('no quote over a nonce of %d bytes' % n)
    r.say('parent', 'ATTEST_REQ', r.id, request(STRONG, N32))
    data = answered(r, 'strong quote', OK)
    at = data.index(b'\xffTCG\x80\x18')
    size = int.from_bytes(data[at + 6:at + 8], 'big')
    extra = data[at + 8 + size:][:36]
    if extra[:4] != b'\x00\x22CV' or N32 in data:
        finding('strong quote over %s' % extra.hex())
    for ident in (0, r.id ^ 1, r.id + (1 << 14), 0xffffffff):
        r.say('parent', 'ATTEST_REQ', ident, request(STRONG, N32))
        answered(r, 'connection %d that is none' % ident, FAILED)
    r.close()


def web_activates(port):
    """It may ask; whom and what the proof is bound to it has no word for."""
    r = Remote(port, True)
    r.say('parent', 'ACTIVATE_REQ', r.id, activation(N32))
    data = answered(r, 'activation', REFUSED, 'ACTIVATE_ANS')
    if data != bytes([REFUSED]) + bytes(32):
        finding('refused with ' + data.hex())
    r.say('parent', 'TPM_CERTS_REQ', r.id)
    frm, kind, ident, nfds, data = r.answer()
    if kind != MSG['TPM_CERTS_ANS'] or data != b'\0' or nfds != 1:
        finding('certificates: %d %s %d' % (kind, data.hex(), nfds))
    for ident in (0, r.id ^ 1, r.id + (1 << 14)):
        r.say('parent', 'ACTIVATE_REQ', ident, activation(N32))
        answered(r, 'activation for none', FAILED, 'ACTIVATE_ANS')
    r.close()
    for what, payload in {
            'activation with a certificate': activation(N32) + N32,
            'with certificate and handshake': activation(N32) + N32 + N32,
            'with all of a job': activation(N32) + N32 + N32 + b'\0\0',
            'activation with zeros': activation(bytes(32)),
            'activation without a credential': activation(N32, b''),
            'activation without a secret': activation(N32, secret=b''),
            'credential too long': activation(N32, bytes(133)),
            'secret too long': activation(N32, secret=bytes(513)),
            'activation cut': activation(N32)[:-1],
    }.items():
        r = Remote(port, True)
        must_die(what, r, 'ACTIVATE_REQ', r.id, payload)
    for name, payload in (('ACTIVATE_ANS', bytes(33)), ('TPM_CERTS_ANS', b'\1'),
                          ('TPM_CERTS_REQ', b'\0')):
        r = Remote(port, True)
        must_die(name, r, name, r.id, payload)
    for name, payload in (('ACTIVATE_REQ', activation(N32)),
                          ('TPM_CERTS_REQ', b'')):
        a, b = other_conn(port, True)
        must_die("%s for another's" % name, a, name, b.id, payload)
        b.close()


def web(port):
    web_allowed(port)
    web_activates(port)
    a, b = other_conn(port, True)
    must_die("another web's connection", a, 'ATTEST_REQ', b.id,
             request(STRONG, N32))
    b.say('parent', 'ATTEST_REQ', b.id, request(STRONG, N32))
    answered(b, 'the other connection after that', OK)
    b.close()
    for what, payload in {
            'compatible quote over 34 bytes': request(TPM, b'CV' + N32),
            'compatible quote over 65 bytes': request(TPM, b'x' * 65),
            'report over 64 bytes': request(TEE, N32 + N32),
            'report over 31 bytes': request(TEE, N32[1:]),
            'strong with 34 bytes': request(STRONG, b'CV' + N32),
            'strong with zeros': request(STRONG, bytes(32)),
            'strong without PCRs': request(STRONG, N32, mask=bytes(3)),
            'strong over SHA-1': request(STRONG, N32, bank=4),
            'form out of range': request(3, N32),
            'subject out of range': request(STRONG, N32, subject=2),
            'tee out of range': request(STRONG, N32, tee=2),
            'bytes left over': request(STRONG, N32) + b'x',
    }.items():
        r = Remote(port, True)
        must_die(what, r, 'ATTEST_REQ', r.id, payload)
    for name, payload in (
            ('REPORT_REQ', bytes(64)), ('QUOTE_REQ', bytes(39)),
            ('TPM_CMD_REQ', bytes.fromhex('80010000000c000001440000')),
            ('SIGN_REQ', b'\0\x20' + N32), ('QUOTE_ANS', b'\0')):
        r = Remote(port, True)
        must_die(name, r, name, r.id, payload)
    for name in ('LOG_REQ', 'SNAPSHOT_REQ', 'SNAPSHOT_DEL_REQ'):
        a, b = other_conn(port, True)
        must_die("%s for another's" % name, a, name, b.id,
                 b'\0' if name == 'LOG_REQ' else b'')
        b.close()
    r = Remote(port, True)
    must_die('a log that is none', r, 'LOG_REQ', r.id, b'\3')


def net_before_tls(port):
    """Plaintext without TLS: web is asked, but nothing is to be had."""
    r = Remote(port, False)
    for path in ('/quote/tpm?nonce=AAAA', '/ima/ascii', '/snapshot'):
        r.s.sendall(b'web GET %s HTTP/1.1\n' % path.encode())
        said = r.line()
        if not re.match(r'web HTTP/1.1 5', said):
            finding('%s without TLS: %s' % (path, said[:80]))
    r.close()


def net_sign(port):
    """What it may: a signature over a digest. What it may not: the rest."""
    r = Remote(port, False)
    r.say('keys', 'SIGN_REQ', 1, b'\0\x20' + N32)
    if r.answer()[4][:2] == b'\0\0':
        finding('no signature for a net')
    for what, ident, payload in (
            ('other length', 1, b'\0\x30' + N32 + N32[:16]),
            ('unknown generation', 2, b'\0\x20' + N32)):
        r.say('keys', 'SIGN_REQ', ident, payload)
        if r.answer()[4] != b'\0\0':
            finding('a signature: ' + what)
    r.say('keys', 'SIGN_REQ', 1, b'\0\x1f' + N32[1:])
    if r.line() != 'keys closed':
        finding('the channel lives on after a short digest')
    r.close()


def tls_conn(gen, conn=bytes(32)):
    return gen.to_bytes(4, 'big') + conn


def net(port):
    net_before_tls(port)
    net_sign(port)
    for name, payload in (('LOG_REQ', b'\0'), ('SNAPSHOT_REQ', b''),
                          ('ATTEST_REQ', request(STRONG, N32)),
                          ('SIGN_REQ', b'\0\x20' + N32),
                          ('KEYS_LOAD_REQ', bytes(32))):
        r = Remote(port, False)
        must_die(name, r, name, r.id, payload)
    for what, name, payload in (
            ("TLS of another's", 'NET_TLS_REQ', tls_conn(1)),
            ("end of another's", 'NET_END', b'\0')):
        a, b = other_conn(port, False)
        must_die(what, a, name, b.id, payload)
        b.say('parent', 'NET_TLS_REQ', b.id, tls_conn(1))
        if b.answer()[1] != MSG['NET_TLS_ANS']:
            finding('the other connection after that')
        b.close()
    for what, name, payload in (
            ('unknown generation', 'NET_TLS_REQ', tls_conn(2)),
            ('generation 0', 'NET_TLS_REQ', tls_conn(0)),
            ('end out of range', 'NET_END', b'\4'),
            ('hash cut', 'NET_TLS_REQ', tls_conn(1)[:-1])):
        r = Remote(port, False)
        must_die(what, r, name, r.id, payload)
    r = Remote(port, False)
    must_die('unknown connection', r, 'NET_TLS_REQ', r.id + (1 << 14),
             tls_conn(1))
    r = Remote(port, False)
    r.say('parent', 'NET_TLS_REQ', r.id, tls_conn(1))
    r.answer()
    must_die('TLS twice', r, 'NET_TLS_REQ', r.id, tls_conn(1))


def tpm(port, first, last, activate):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    for act in range(first, last + 1):
        nonce = base64.b64encode(bytes([act]) + b'\x55' *
                                 (31 if activate else 2)).decode().rstrip('=')
        path, body = '/quote/tpm?nonce=' + nonce, None
        if activate:
            path, body = '/activate', json.dumps(dict(
                nonce=nonce, credential='YmxvYg', secret='c2VlZA')).encode()
        end = time.time() + WAIT_S
        code = 0
        while time.time() < end:
            try:
                urllib.request.urlopen(urllib.request.Request(
                    'https://127.0.0.1:%d%s' % (port, path), body,
                    {'Content-Type': 'application/json'}),
                    timeout=WAIT_S, context=ctx)
                finding('act %d: an answer' % act)
                break
            except urllib.error.HTTPError as e:
                code = e.code
            if code != 503:
                break
            time.sleep(0.2)     # it is being replaced
        if code < 500:
            finding('act %d: status %d' % (act, code))


def proxy(path, tpm_path, log):
    """Before the TPM: writes down what reaches it."""
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen(16)
    with open(log, 'a', buffering=1) as out:
        while True:
            c, _ = s.accept()
            t = socket.socket(socket.AF_UNIX)
            t.connect(tpm_path)
            while True:
                cmd = c.recv(8192)
                if not cmd:
                    break
                out.write(cmd.hex() + '\n')
                t.sendall(cmd)
                rsp = t.recv(8192)
                while len(rsp) < int.from_bytes(rsp[2:6], 'big'):
                    rsp += t.recv(8192)
                c.sendall(rsp)
            c.close()
            t.close()


messages()
if sys.argv[1] == 'proxy':
    proxy(*sys.argv[2:5])
elif sys.argv[1] in ('tpm', 'activate'):
    tpm(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]),
        sys.argv[1] == 'activate')
else:
    {'web': web, 'net': net}[sys.argv[1]](int(sys.argv[2]))
sys.exit(1 if found else 0)
