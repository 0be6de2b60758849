#!/usr/bin/env python3
"""usage: differential.py VECTORS WORK JUDGE

The same inputs to JUDGE (unit/kinds/judge) and to independent tools:
tpm2_checkquote, tpm2_eventlog, evmctl ima_measurement, openssl verify.  A
disagreement that is not in EXPLAINED, and an entry there that is none, fail.
"""

import calendar
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time

ALG_IDS = {'sha1': 4, 'sha256': 11, 'sha384': 12, 'sha512': 13}
SIZES = {'sha1': 20, 'sha256': 32, 'sha384': 48, 'sha512': 64}

# case -> why the other tool says something else
EXPLAINED = {
    # TCG PC Client Platform Firmware Profile 1.05, 10.4.5.3: PCR 0 starts
    # with the locality of StartupLocality; 10.4.1: EV_NO_ACTION is not
    # extended.  tpm2_eventlog extends it and starts with zeros.
    'eventlog-glinux-locality3': 'tpm2_eventlog ignores StartupLocality',
    # The same, 10.4.5.1: vendorInfo is a member of the event, whose size
    # must hold it.
    'eventlog-specid-vendordata':
        'tpm2_eventlog reads vendor bytes behind the event',
    # The same: only a log whose first event is a Spec ID is crypto-agile, any
    # other is of the SHA-1 form (10.2.1).  tpm2_eventlog takes every
    # EV_NO_ACTION for a Spec ID.
    'eventlog-short-no-action':
        'tpm2_eventlog takes StartupLocality for a Spec ID',
    # TPM 2.0 part 2, 11.3.4: sigAlg of a TPMT_SIGNATURE names the scheme, here
    # TPM_ALG_RSAPSS (part 1, B.7).  tpm2_checkquote verifies every RSA
    # signature as PKCS#1 v1.5.
    'tpm-swtpm-shared-rsapss-s256-10': 'tpm2_checkquote knows no PSS',
    'tpm-swtpm-shared-rsapss-multi': 'tpm2_checkquote knows no PSS',
}


def tool(*args):
    return subprocess.run(args, stdin=subprocess.DEVNULL, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)


class Differential:
    def __init__(self, top, work, judge):
        self.top, self.work, self.judge = top, work, judge
        with open(os.path.join(top, 'manifest.json'), encoding='utf-8') as f:
            self.cases = json.load(f)['cases']
        self.by_id = {c['id']: c for c in self.cases}
        self.compared = self.wrong = 0
        self.used = set()

    def path(self, case, role):
        return os.path.join(self.top, case['files'][role])

    def ours(self, case, *args):
        cmd = [self.judge, '--kind', case['kind'], '--json']
        for role in case['files']:
            cmd += ['--file', '%s=%s' % (role, self.path(case, role))]
        return json.loads(tool(*cmd, *args).stdout)

    def compare(self, case, what, mine, theirs):
        self.compared += 1
        if mine == theirs:
            return
        why = EXPLAINED.get(case['id'], self.known(case))
        if why is not None:
            self.used.add(case['id'])
            print('explained %s: %s' % (case['id'], why))
            return
        self.wrong += 1
        print('DIFFERS %s: %s: we say %s, the tool %s' % (
            case['id'], what, mine, theirs))

    @staticmethod
    def known(case):
        """The same two faults in cases that EXPLAINED does not name."""
        if case['expect'].get('tpm2_eventlog_agrees') is False:
            return 'the manifest says that tpm2_eventlog errs'
        if case['expect'].get('sig_scheme') == 'rsapss':
            return 'tpm2_checkquote knows no PSS'
        return None

    def scratch(self, name, data):
        path = os.path.join(self.work, name)
        with open(path, 'wb') as f:
            f.write(data)
        return path

    def of_kind(self, kind):
        return [c for c in self.cases if c['kind'] == kind]

    # tpm2_checkquote

    def pcr_file(self, select, values):
        """The serialized form of tpm2-tools, in the order of the quote."""
        out = struct.pack('<I', len(select))
        flat = []
        for s in select:
            bits = sum(1 << n for n in s['pcrs'])
            out += struct.pack('<HBI', ALG_IDS[s['alg']], 3, bits) + b'\0'
            flat += [bytes.fromhex(values[s['alg']][str(n)])
                     for n in s['pcrs']]
        out += bytes(8 * (16 - len(select)))
        lists = [flat[i:i + 8] for i in range(0, len(flat), 8)]
        out += struct.pack('<I', len(lists))
        for part in lists:
            out += struct.pack('<I', len(part))
            for v in part:
                out += struct.pack('<H', len(v)) + v + bytes(64 - len(v))
            out += bytes(66 * (8 - len(part)))
        return self.scratch('pcrs.bin', out)

    def quotes(self):
        for c in self.of_kind('tpm-quote'):
            base = self.by_id.get(c.get('base'), c)
            nonce = c['expect'].get('nonce_asked',
                                    base['expect']['extra_data'])
            with open(self.path(c, 'pcrs'), encoding='utf-8') as f:
                values = json.load(f)
            pcrs = self.pcr_file(base['expect']['pcr_select'], values)
            args = ['-u', self.path(c, 'ak_pem'), '-m',
                    self.path(c, 'attest'), '-s', self.path(c, 'signature'),
                    '-f', pcrs, '-g', base['expect']['sig_hash']]
            mine = []
            if nonce:
                args += ['-q', nonce]
                mine += ['--nonce', nonce]
            run = tool('tpm2_checkquote', *args)
            self.compare(c, 'quote', self.ours(c, *mine)['verdict'],
                         'accept' if run.returncode == 0 else 'reject')

    # tpm2_eventlog

    @staticmethod
    def yaml_pcrs(text):
        """The values at the end of its output: no YAML reader is needed."""
        pcrs, bank, on = {}, None, False
        for line in text.splitlines():
            if line.startswith('pcrs:'):
                on = True
            elif on and re.match(r'  \w+:$', line):
                bank = line.strip().rstrip(':')
                pcrs[bank] = {}
            elif on and bank:
                m = re.match(r'\s+(\d+)\s*:\s*0x([0-9a-f]+)$', line)
                if m:
                    pcrs[bank][m[1]] = m[2]
        return pcrs

    def logs(self):
        for c in self.of_kind('tcg-eventlog'):
            run = tool('tpm2_eventlog', self.path(c, 'log'))
            got = self.ours(c)
            theirs = self.yaml_pcrs(run.stdout.decode(errors='replace')) \
                if run.returncode == 0 else 'reject'
            failed = {k['name'] for k in got['checks']
                      if k['result'] == 'FAIL'}
            # what it does not look at: whether digests are those of the data
            mine = 'reject' if 'eventlog.format' in failed \
                else got['claims'].get('pcrs', {})
            self.compare(c, 'registers', mine, theirs)

    # evmctl

    def lists(self):
        for c in self.of_kind('ima-binary'):
            base = self.by_id.get(c.get('base'), c)
            want = base['expect'].get('pcr')
            # evmctl knows these templates only, and PCR 10.
            known = {'ima', 'ima-ng', 'ima-sig', 'ima-buf', 'ima-ngv2',
                     'ima-sigv2'}
            if not want or '10' not in want['sha1'] or \
                    not set(base['expect']['templates']) <= known:
                continue
            args, mine = [], []
            for bank in ('sha1', 'sha256'):
                values = ['0' * 2 * SIZES[bank]] * 24
                values[10] = want[bank]['10']
                p = self.scratch('%s.txt' % bank, ''.join(
                    'PCR-%02d: %s\n' % v
                    for v in enumerate(values)).encode())
                args += ['--pcrs', '%s,%s' % (bank, p)]
                mine += ['--pcr', '%s:10=%s' % (bank, want[bank]['10'])]
            if base['expect']['violations']:
                args += ['--ignore-violations']
            run = tool('evmctl', 'ima_measurement', *args,
                       self.path(c, 'log'))
            self.compare(c, 'list', self.ours(c, *mine)['verdict'],
                         'accept' if run.returncode == 0 else 'reject')

    # openssl verify

    def certificates(self):
        for c in self.of_kind('ek-cert') + self.of_kind('ak-cert'):
            at = time.strptime(c['verify_at'], '%Y-%m-%dT%H:%M:%SZ')
            pem = {}
            for role in ('cert', 'issuer', 'root'):
                with open(self.path(c, role), 'rb') as f:
                    form = 'PEM' if b'BEGIN' in f.read(64) else 'DER'
                pem[role] = os.path.join(self.work, role + '.pem')
                tool('openssl', 'x509', '-inform', form, '-in',
                     self.path(c, role), '-out', pem[role])
            run = tool('openssl', 'verify', '-attime',
                       str(calendar.timegm(at)), '-CAfile', pem['root'],
                       '-no-CApath', '-no-CAstore', '-untrusted',
                       pem['issuer'], pem['cert'])
            got = self.ours(c, '--at', c['verify_at'], '--trust-root',
                            self.path(c, 'root'))
            self.compare(c, 'chain', got['verdict'],
                         'accept' if run.returncode == 0 else 'reject')

    def run(self):
        missing = []
        for name, part in (('tpm2_checkquote', self.quotes),
                           ('tpm2_eventlog', self.logs),
                           ('evmctl', self.lists),
                           ('openssl', self.certificates)):
            if shutil.which(name) is None:
                missing.append(name)
                continue
            before = self.compared
            part()
            print('%s: %d compared' % (name, self.compared - before))
        if missing:
            print('without %s' % ' '.join(missing))
        else:
            for i in sorted(set(EXPLAINED) & set(self.by_id) - self.used):
                self.wrong += 1
                print('DIFFERS %s: explained, and yet no difference' % i)
        return self.wrong != 0 or self.compared == 0


if len(sys.argv) != 4:
    sys.exit(__doc__)
sys.exit(Differential(*sys.argv[1:]).run())
