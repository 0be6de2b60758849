#!/usr/bin/env python3
"""AMD's KDS and Intel's PCS (or a PCCS) for simulated machines.

usage: vendor.py CERT KEY SITE

Serves on a free port of the loopback address and prints PORT=N. What it has
are the files of SITE, under the names of --collateral; what is not there is
404. With chip-id and tcb of a hierarchy in SITE, vcek.der is given only to
whom asks for just that chip and TCB. With attest.json it also plays an agent
that answers nothing but its files. Each request is a line of SITE/log.

SITE/modes is read for each request: lines "WHAT MODE [N [M]]", WHAT one of the
words of PATHS below or *, the first that fits. The first word of a path may
also be a mode, with its usual numbers. The modes:

    busy N S        429 N times (99: always), Retry-After S (1)
    unavailable N S 503, the same
    limited N       429 without Retry-After
    error           404
    broken          500
    redirect        302 to itself
    cut             a shorter body than Content-Length says
    closed          no answer at all
    long            64 MiB, no end announced
    html            200, a page of some portal
    typed           what is right, as text/html
    empty           200, nothing
    slow S          right, S seconds late, and a byte at a time
    headers         1 MiB of header lines
"""
import http.server
import os
import ssl
import sys
import time
import urllib.parse

CERT, KEY, SITE = sys.argv[1:]

PATHS = {
    '/tdx/certification/v4/tcb': ('tcb', 'tcb_info.json'),
    '/tdx/certification/v4/qe/identity': ('qe', 'qe_identity.json'),
    '/sgx/certification/v4/pckcrl': ('pckcrl', 'pck_crl.der'),
    '/sgx/certification/v4/rootcacrl': ('rootcrl', 'root_ca_crl.der'),
    '/attest': ('agent', 'attest.json'),
    '/ima/binary': ('agent', 'ima.bin'),
}
AMD = {'cert_chain': ('chain', 'amd_chain.pem'), 'crl': ('crl', 'amd_crl.der')}
CHAINS = {'tcb': 'TCB-Info-Issuer-Chain',
          'qe': 'SGX-Enclave-Identity-Issuer-Chain',
          'pckcrl': 'SGX-PCK-CRL-Issuer-Chain'}
MODES = ('busy', 'unavailable', 'limited', 'error', 'broken', 'redirect',
         'cut', 'closed', 'long', 'html', 'typed', 'empty', 'slow', 'headers')
MIB = 1 << 20

tried = {}


def site(name):
    try:
        with open(os.path.join(SITE, name), 'rb') as f:
            return f.read()
    except FileNotFoundError:
        return None


def vcek(hwid, query):
    """Only for the chip and TCB that SITE is of."""
    chip, tcb = site('chip-id'), site('tcb')
    if chip is not None and hwid != chip.hex():
        return None
    if tcb is not None and query != {
            'blSPL': ['%02d' % tcb[0]], 'teeSPL': ['%02d' % tcb[1]],
            'snpSPL': ['%02d' % tcb[6]], 'ucodeSPL': ['%02d' % tcb[7]]}:
        return None
    return site('vcek.der')


def find(path):
    """What is asked for, and its bytes or None."""
    url = urllib.parse.urlsplit(path)
    query = urllib.parse.parse_qs(url.query)
    if url.path in PATHS:
        what, name = PATHS[url.path]
        if what == 'pckcrl' and query.get('encoding') != ['der']:
            return what, None
        return what, site(name)
    part = url.path.split('/')[1:]
    if len(part) != 4 or part[0] not in ('vcek', 'vlek') or part[1] != 'v1':
        return 'nothing', None
    if part[3] in AMD:
        what, name = AMD[part[3]]
        return what, site(name)
    return 'vcek', vcek(part[3], query)


def mode_of(what, word):
    """MODE and its numbers for this request."""
    if word in MODES:
        return word, [{'busy': 2, 'unavailable': 2, 'limited': 1}.get(word, 1)]
    for line in (site('modes') or b'').decode().splitlines():
        field = line.split()
        if len(field) > 1 and field[0] in (what, '*'):
            return field[1], [int(n) for n in field[2:]]
    return 'well', []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def reply(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def well(self, what, body, kind=None):
        if body is None:
            self.reply(404, b'there is none')
            return
        headers = [('Content-Type', kind or (
            'application/json' if body[:1] == b'{' else
            'application/octet-stream'))]
        if what in CHAINS:
            chain = site('tcb_signing.pem') or b''
            headers.append((CHAINS[what], urllib.parse.quote(chain)))
        if what == 'rootcrl':
            body = body.hex().encode()
        self.reply(200, body, headers)

    def busy(self, what, body, mode, number):
        n = number[0] if number else 2
        tried[what, mode] = tried.get((what, mode), 0) + 1
        if tried[what, mode] > n and n != 99:
            tried[what, mode] = 0
            self.well(what, body)
        elif mode == 'limited':
            self.reply(429, b'slowly')
        else:
            self.reply(429 if mode == 'busy' else 503, b'later', [
                ('Retry-After', str((number + [1, 1])[1]))])

    def raw(self, length, parts, pause=0.0):
        """A body in parts, of whatever length is announced."""
        self.close_connection = True
        self.send_response(200)
        if length is not None:
            self.send_header('Content-Length', str(length))
        self.send_header('Connection', 'close')
        self.end_headers()
        for part in parts:
            self.wfile.write(part)
            time.sleep(pause)

    def badly(self, what, body, mode, number):
        body = body or b'x'
        if mode == 'error':
            self.reply(404, b'no such thing')
        elif mode == 'broken':
            self.reply(500, b'a fault of ours')
        elif mode == 'redirect':
            self.reply(302, b'', [('Location', self.path)])
        elif mode == 'cut':
            self.raw(len(body), [body[:len(body) // 2]])
        elif mode == 'closed':
            self.close_connection = True
        elif mode == 'long':
            self.raw(None, (bytes(MIB) for _ in range(64)))
        elif mode == 'html':
            self.reply(200, b'<html>Please log in.</html>',
                       [('Content-Type', 'text/html')])
        elif mode == 'typed':
            self.well(what, body, 'text/html')
        elif mode == 'empty':
            self.reply(200, b'')
        elif mode == 'headers':
            self.reply(200, body, [('X-%d' % i, 'x' * 8000)
                                   for i in range(90)] * 2)
        elif mode == 'slow':
            time.sleep((number + [1])[0])
            self.raw(len(body), (body[i:i + 256] for i in
                                 range(0, len(body), 256)), 0.01)
        else:
            self.reply(500, b'no such mode: ' + mode.encode())

    def answer(self):
        word = self.path.split('/')[1]
        path = self.path[len(word) + 1:] if word in MODES else self.path
        what, body = find(path)
        mode, number = mode_of(what, word)
        with open(os.path.join(SITE, 'log'), 'a') as f:
            f.write('%s %s %s %s\n' % (what, mode, self.command, self.path))
        try:
            if mode == 'well':
                self.well(what, body)
            elif mode in ('busy', 'unavailable', 'limited'):
                self.busy(what, body, mode, number)
            else:
                self.badly(what, body, mode, number)
        except OSError:
            self.close_connection = True    # the client has had enough

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.answer()

    def do_GET(self):
        self.answer()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Who does not like the certificate goes away; that is no news."""


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERT, KEY)
server = Server(('127.0.0.1', 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True,
                                    do_handshake_on_connect=False)
print('PORT=%d' % server.server_address[1], flush=True)
server.serve_forever()
