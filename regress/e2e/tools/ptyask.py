#!/usr/bin/env python3
"""Run a program at a terminal of its own, answer its prompts, send a signal.

usage: ptyask.py SIGNAL TEXT ANSWER TEXT ... -- PROGRAM ARG ...

Waits for each TEXT and types the ANSWER behind it; what follows the last TEXT
is the signal: ^C for INT, ^\\ for QUIT, else kill(2); or "none", and then that
TEXT is the end of it.  Exits 0 when the terminal was silent at each TEXT that
was answered or cut off, and has its echo again afterwards; the last line says
how the program ended: "signal N" or "status N".
"""
import fcntl
import os
import pty
import select
import signal
import sys
import termios
import time

LIMIT_S = 120


def has_echo(fd):
    return termios.tcgetattr(fd)[3] & termios.ECHO != 0


def start(slave, argv):
    pid = os.fork()
    if pid == 0:
        for name in ('INT', 'TERM', 'HUP', 'QUIT'):
            signal.signal(getattr(signal, 'SIG' + name), signal.SIG_DFL)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)
        os.execvp(argv[0], argv)
    return pid


def wait_for(master, text, shown):
    """What was shown until this text."""
    end = time.time() + LIMIT_S
    while text not in shown:
        if not select.select([master], [], [], max(0, end - time.time()))[0]:
            sys.exit('not shown: %r, but %r' % (text, shown))
        shown += os.read(master, 4096)
    return shown.split(text, 1)[1]


def silent(slave):
    """It shows the prompt after it has silenced the terminal."""
    if has_echo(slave):
        sys.exit('the terminal shows what is typed')


def main():
    cut = sys.argv.index('--')
    sig, talk, argv = sys.argv[1], sys.argv[2:cut], sys.argv[cut + 1:]
    master, slave = pty.openpty()
    pid = start(slave, argv)
    shown = b''
    while len(talk) > 1:
        shown = wait_for(master, talk[0].encode(), shown)
        silent(slave)
        os.write(master, talk[1].encode() + b'\n')
        talk = talk[2:]
    if talk and sig != 'none':
        wait_for(master, talk[0].encode(), shown)
        silent(slave)
        if sig in ('INT', 'QUIT'):
            os.write(master, {'INT': b'\x03', 'QUIT': b'\x1c'}[sig])
        else:
            os.kill(pid, getattr(signal, 'SIG' + sig))
    else:
        # it must not wait for somebody to read
        end = time.time() + LIMIT_S
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT |
                        os.WNOHANG) is None and time.time() < end:
            if select.select([master], [], [], 0.1)[0]:
                shown += os.read(master, 4096)
    # as long as nobody waits for it, its session and terminal are there
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    if not has_echo(slave):
        sys.exit('the terminal stays silent')
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print('signal %d' % -code if code < 0 else 'status %d' % code)


main()
