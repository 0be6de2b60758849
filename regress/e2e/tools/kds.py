"""usage: kds.py CERT KEY [SITE]

A server in place of AMD's KDS, on a free port that it prints. The first word
of the path says how it answers: busy (429 twice, then well), redirect, long,
error, else well. Every request is logged.

With the folder SITE it is also an agent and a PCCS: the files there are what
it has, and what is not there is 404.
"""

import http.server
import os
import ssl
import sys
import urllib.parse

SITE = {
    '/attest': 'attest.json', '/ima/binary': 'ima.bin',
    '/tdx/certification/v4/tcb': 'tcb_info',
    '/tdx/certification/v4/qe/identity': 'qe_identity',
    '/sgx/certification/v4/pckcrl': 'pck_crl',
    '/sgx/certification/v4/rootcacrl': 'root_ca_crl',
}

seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def reply(self, status, body, **headers):
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k.replace('_', '-'), v)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def site(self):
        name = SITE.get(urllib.parse.urlsplit(self.path).path, 'nothing')
        path = os.path.join(sys.argv[3], name)
        if not os.path.exists(path):
            self.reply(404, b'not here')
            return
        with open(path, 'rb') as f:
            body = f.read()
        headers = {'Content-Type': 'application/json' if
                   name == 'attest.json' else 'application/octet-stream'}
        if name == 'tcb_info':
            with open(os.path.join(sys.argv[3], 'tcb_signing'), 'rb') as f:
                headers['TCB_Info_Issuer_Chain'] = urllib.parse.quote(
                    f.read())
        if name == 'root_ca_crl':
            body = body.hex().encode()
        self.reply(200, body, **headers)

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.do_GET()

    def do_GET(self):
        print(self.requestline, file=sys.stderr, flush=True)
        if len(sys.argv) > 3:
            self.site()
            return
        how = self.path.split('/')[1]
        seen[self.path] = seen.get(self.path, 0) + 1
        if how == 'busy' and seen[self.path] < 3:
            self.reply(429, b'', Retry_After='1')
        elif how == 'redirect':
            self.reply(302, b'', Location='/x' + self.path)
        elif how == 'error':
            self.reply(404, b'no such product')
        elif how == 'long':
            self.send_response(200)
            self.send_header('Connection', 'close')
            self.end_headers()
            self.close_connection = True
            try:
                for _ in range(64):
                    self.wfile.write(bytes(1 << 20))
            except OSError:
                pass
        elif how == 'plain':
            self.send_response(200)
            self.send_header('Content-Length', '100')
            self.end_headers()
            self.wfile.write(b'cut')
            self.close_connection = True
        else:
            self.reply(200, b'chain of ' + self.path.encode())

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
