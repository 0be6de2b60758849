#!/usr/bin/env python3
"""Look at every process of a running agent from outside.

usage: confine.py AGENT_PID KEY_FILE URL TOP [meta]

With "meta" only at that one, on a machine whose metadata service is silent.

Prints a line for each finding and exits 1 if there is one.  The uids are those
of agentd/roles.c, the libraries those of DESIGN 2.
"""
import ctypes
import os
import re
import signal
import subprocess
import sys
import time

PARENT, KEY, URL, TOP = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
ONLY_META = sys.argv[5:] == ['meta']
UID_BASE = 64200
DAC_READ_SEARCH = 1 << 2
WAIT_S = 20

ALWAYS = {'libc', 'ld-linux', 'libseccomp'}
LIBRARIES = {
    'parent': {'libevent_core', 'libmd'},
    'conf': {'libcrypto'},
    'keys': {'libcrypto'},
    'net': {'libevent_core', 'libtls', 'libssl', 'libcrypto'},
    'web': {'libevent_core', 'libjansson'},
    'tpm': {'libtss2-esys', 'libtss2-mu', 'libtss2-rc', 'libtss2-sys',
            'libcrypto'},
    'tee': set(),
    'hasher': {'libcrypto'},
    'meta': {'libjansson'},
}
# What may be open besides null, sockets and what libevent makes.
FILES = {
    'conf': r'.*/agent\.toml$|/memfd:|.*/cert\.pem$',
    'keys': r'/memfd:',
    'meta': r'/memfd:',
    'tee': r'.*/cosmian_vm-[0-9]+/[a-z]+$|/memfd:|/dev/null$',
    'hasher': r'.*',        # trees; looked at one by one below
}
found = []


def finding(text):
    print('FINDING', text)
    found.append(text)


def read(path, mode='r'):
    with open(path, mode) as f:
        return f.read()


def roles():
    rows = re.findall(r'\[ROLE_\w+\]\s*=\s*\{\s*"(\w+)",\s*(\d+)',
                      read(TOP + '/agentd/roles.c'))
    return {name: int(off) for name, off in rows}


def name_of(pid):
    return read('/proc/%d/cmdline' % pid).split('\0')[0]


def children():
    out = {}
    for pid in read('/proc/%d/task/%d/children' % (PARENT, PARENT)).split():
        try:
            out[int(pid)] = name_of(int(pid)).replace('agent-', '')
        except OSError:
            pass
    return out


def status(pid):
    return dict(line.split(':', 1) for line in
                read('/proc/%d/status' % pid).splitlines() if ':' in line)


def check_status(pid, role, uid):
    s = {k: v.split() for k, v in status(pid).items()}
    caps = DAC_READ_SEARCH if role == 'hasher' else 0
    want = {
        'Seccomp': ['2'], 'NoNewPrivs': ['1'], 'Groups': [],
        'Uid': [str(uid)] * 4, 'Gid': [str(uid)] * 4,
        'CapEff': ['%016x' % caps], 'CapPrm': ['%016x' % caps],
        'CapBnd': ['0' * 16], 'CapAmb': ['0' * 16], 'CapInh': ['0' * 16],
    }
    for k, v in want.items():
        if s[k] != v:
            finding('%s: %s is %s, not %s' % (role, k, s[k], v))


def check_root(pid, role):
    root = '/proc/%d/root/' % pid
    if os.listdir(root):
        finding('%s: its root is not empty' % role)
    if os.stat(root).st_dev == os.stat('/').st_dev:
        finding('%s: its root is on our file system' % role)
    if os.readlink('/proc/%d/cwd' % pid) != '/':
        finding('%s: its folder is outside its root' % role)


def check_fds(pid, role):
    for fd in os.listdir('/proc/%d/fd' % pid):
        try:
            to = os.readlink('/proc/%d/fd/%s' % (pid, fd))
        except OSError:
            continue
        if int(fd) <= 2:
            ok = to == '/dev/null'
        else:
            ok = re.match(r'socket:|anon_inode:\[eventpoll\]|pipe:', to) or (
                role in FILES and re.match(FILES[role], to))
        if not ok:
            finding('%s: descriptor %s is %s' % (role, fd, to))
        if role == 'hasher' and int(fd) > 4:
            flags = int(re.search(r'flags:\s*(\d+)', read(
                '/proc/%d/fdinfo/%s' % (pid, fd))).group(1), 8)
            if flags & 3 != os.O_RDONLY and '(deleted)' not in to:
                finding('%s: may write to %s' % (role, to))


def libraries(pid):
    paths = {line.split(None, 5)[5] for line in
             read('/proc/%d/maps' % pid).splitlines() if ' /' in line}
    libs = [os.path.basename(p) for p in paths]
    return {re.split(r'-x86-64|-\d|\.so', b)[0] for b in libs if '.so' in b}


def check_libraries(pid, role):
    libs = libraries(pid)
    more = libs - ALWAYS - LIBRARIES[role]
    less = (ALWAYS | LIBRARIES[role]) - libs
    if more:
        finding('%s: maps %s' % (role, sorted(more)))
    if less:
        finding('%s: does not map %s: is this list right?' %
                (role, sorted(less)))


def as_uid(uid, what):
    """What a neighbour with the same uid gets: 0 or an errno."""
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        try:
            what()
        except OSError as e:
            os._exit(e.errno)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def attach(pid):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, pid, None, None) == -1:      # PTRACE_ATTACH
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))
    libc.ptrace(17, pid, None, None)


def check_dumpable(pid, role, uid):
    for name in ('mem', 'environ', 'maps', 'fd'):
        if os.stat('/proc/%d/%s' % (pid, name)).st_uid != 0:
            finding('%s: /proc/PID/%s belongs to its uid' % (role, name))
    tries = {
        'read its memory': lambda: open('/proc/%d/mem' % pid).close(),
        'read its environment': lambda: read('/proc/%d/environ' % pid),
        'see its descriptors': lambda: os.listdir('/proc/%d/fd' % pid),
        'trace it': lambda: attach(pid),
    }
    for what, f in tries.items():
        if as_uid(uid, f) == 0:
            finding('%s: its own uid can %s' % (role, what))


def check_rest(pid, role):
    if read('/proc/%d/environ' % pid, 'rb') != b'':
        finding('%s: has an environment' % role)
    limits = read('/proc/%d/limits' % pid)
    if not re.search(r'Max core file size\s+0\s+0', limits):
        finding('%s: may dump core' % role)
    for line in read('/proc/%d/maps' % pid).splitlines():
        if 'wx' in line.split()[1]:
            finding('%s: memory to write and to execute' % role)


def check(pid, role):
    uid = UID_BASE + ROLES[role]
    check_status(pid, role, uid)
    check_root(pid, role)
    check_fds(pid, role)
    check_libraries(pid, role)
    check_dumpable(pid, role, uid)
    check_rest(pid, role)


def net_namespaces(pids):
    seen = {os.readlink('/proc/%d/ns/net' % PARENT): PARENT}
    for pid in pids:
        ns = os.readlink('/proc/%d/ns/net' % pid)
        if ns in seen:
            finding('%d and %d share a network' % (pid, seen[ns]))
        seen[ns] = pid


def look(pid, role):
    """Stop it, look, let it go.  False when it ended under our eyes."""
    before = len(found)
    try:
        os.kill(pid, signal.SIGSTOP)
        check(pid, role)
        os.kill(pid, signal.SIGCONT)
    except OSError:
        del found[before:]
        return False
    return True


def catch(role, provoke, at_once):
    """Look at a short-lived process while it is confined."""
    jobs = []
    end = time.time() + WAIT_S
    try:
        while time.time() < end:
            jobs = [j for j in jobs if j.poll() is None]
            if len(jobs) < at_once:
                jobs.append(provoke())
            for pid, name in children().items():
                try:
                    confined = status(pid)['Seccomp'].strip() == '2'
                except (OSError, KeyError):
                    continue
                if name == role and confined and look(pid, role):
                    return True
    finally:
        for j in jobs:
            j.wait()
    return False


def get(path):
    return subprocess.Popen(['curl', '-sk', '-m', '20', '-o', '/dev/null',
                             URL + path])


def attest():
    body = '{"nonce":"%s"}' % ('A' * 42 + 'E')
    return subprocess.Popen(['curl', '-sk', '-m', '60', '-o', '/dev/null',
                             '-H', 'Content-Type: application/json',
                             '-d', body, URL + '/attest'])


def snapshot():
    """A new one: DELETE is refused while it is being made."""
    return subprocess.Popen(['curl', '-sk', '-m', '20', '-o', '/dev/null',
                             '-X', 'DELETE', URL + '/snapshot', '--next',
                             '-sk', '-m', '20', '-o', '/dev/null',
                             URL + '/snapshot'])


def reload():
    os.kill(PARENT, signal.SIGHUP)
    return subprocess.Popen(['sleep', '1'])


def needles():
    pem = read(KEY)
    der = subprocess.run(['openssl', 'ec', '-in', KEY, '-outform', 'DER'],
                         check=True, capture_output=True).stdout
    at = der.index(b'\x04\x20') + 2
    d = der[at:at + 32]
    # a whole line of base64 holds bytes of the key or of its public half;
    # the scalar begins in the first and ends in the second
    lines = [x for x in pem.splitlines() if '-' not in x]
    return {'number': d, 'number, reversed': d[::-1],
            'hexadecimal': d.hex().encode(), 'PEM': lines[0][48:].encode(),
            'PEM, next line': lines[1][:32].encode()}


def search(pid, wanted):
    """Needles in its memory, and how many mappings could not be read."""
    hits, closed = set(), 0
    with open('/proc/%d/mem' % pid, 'rb', 0) as mem:
        for line in read('/proc/%d/maps' % pid).splitlines():
            span, rights = line.split()[:2]
            lo, hi = (int(x, 16) for x in span.split('-'))
            if rights[0] != 'r' or '[v' in line:
                continue
            try:
                mem.seek(lo)
                data = mem.read(hi - lo)
            except OSError:
                closed += 1
                continue
            hits |= {k for k, v in wanted.items() if v in data}
    return hits, closed


def check_key(pids):
    wanted = needles()
    for pid, role in list(pids.items()) + [(PARENT, 'parent')]:
        hits, closed = search(pid, wanted)
        if role != 'keys':
            if hits:
                finding('%s: has the private key: %s' % (role, hits))
        elif 'number, reversed' in hits or 'number' in hits:
            print('the key is in keys:', sorted(hits))
        elif closed:
            print('the key is in memory that nobody else can read')
        else:
            finding('keys: the key is not found: the search is broken')


def main():
    pids = {p: r for p, r in children().items()}
    for role in ('keys', 'net', 'web', 'tpm'):
        if role not in pids.values():
            finding('no %s is running' % role)
    for pid, role in sorted(pids.items()):
        check(pid, role)
        print('looked at', role, pid)
    check_libraries(PARENT, 'parent')
    net_namespaces(pids)
    check_key(pids)
    tee_path = '/quote/tee?nonce=' + 'A' * 43
    for role, provoke, at_once in (('tee', lambda: get(tee_path), 4),
                                   ('hasher', snapshot, 1),
                                   ('conf', reload, 1)):
        if not catch(role, provoke, at_once):
            finding('no %s could be caught' % role)
        else:
            print('looked at', role)


ROLES = roles()
if not ONLY_META:
    main()
elif not catch('meta', attest, 1):
    finding('no meta could be caught')
sys.exit(1 if found else 0)
