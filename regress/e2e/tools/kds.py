"""usage: kds.py CERT KEY

A server in place of AMD's KDS, on a free port that it prints. The first word
of the path says how it answers: busy (429 twice, then well), redirect, long,
error, else well. Every request is logged.
"""

import http.server
import ssl
import sys

seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def reply(self, status, body, **headers):
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k.replace('_', '-'), v)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        print(self.requestline, file=sys.stderr, flush=True)
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
            self.end_headers()
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
