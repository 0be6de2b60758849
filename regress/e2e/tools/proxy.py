#!/usr/bin/env python3
# A proxy that connects nobody: prints its port, writes the first line of each
# request into the file given, and answers 502.
import socket
import sys

s = socket.create_server(('127.0.0.1', 0))
print(s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    with c, open(sys.argv[1], 'ab') as log:
        data = b''
        c.settimeout(30)
        try:
            while b'\r\n\r\n' not in data and len(data) < 65536:
                more = c.recv(4096)
                if not more:
                    break
                data += more
            log.write(data.split(b'\r\n')[0] + b'\n')
            c.sendall(b'HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n')
        except OSError:
            pass
