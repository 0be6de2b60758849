#!/usr/bin/env python3
"""usage: vectors.py [-v] [-k KIND] [-c CASE] VECTORS COMMAND ...
       vectors.py -l [-k KIND] [-c CASE] VECTORS

Judges each case of VECTORS/manifest.json with COMMAND, which takes the options
of `cosmian_vm evidence verify`, and compares verdict and claims.  A derived
case is judged with the values of its base: nonce, report data, registers.
Prints each difference and a table by kind; exit status 1 if there is any.
Cases of a kind that COMMAND does not know are counted as not covered.
With -l the options of each accepted case, as JSON.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys

VERDICTS = {'accept': 'accept', 'accept-with-warning': 'accept',
            'reject': 'reject', 'parse-only': 'parsed'}
STATUS = {'accept': 0, 'parsed': 0, 'reject': 3, 'unjudged': 1}

# Members of expect that say how a vector was made, or what was asked.
IGNORED = {'note', 'nonce_asked', 'layout', 'quote_itself', 'changed_index',
           'event_number', 'replays_to_same', 'tpm_nonce', 'log_ima',
           'log_boot'}
IGNORED_PREFIXES = ('confirmed_by_', 'tpm2_eventlog_', 'signature_line_')
IGNORED_OF_KIND = {('snapshot-bundle', 'tee'), ('azure-ak-cert', 'chain')}

# Kinds whose root no program can know beforehand: the user names it.
NAMED_ROOT = {'ek-cert', 'ak-cert'}


def ignored(kind, name):
    return (name in IGNORED or name.startswith(IGNORED_PREFIXES) or
            (kind, name) in IGNORED_OF_KIND)


def first(*values):
    """The first value that is there and not empty."""
    return next((v for v in values if v), None)


def nonce_of(case, base):
    want, e = case['expect'], base['expect']
    nested = [e.get(k) for k in ('tpm', 'tpm_quote')]
    return first(want.get('nonce_asked'), e.get('nonce_asked'),
                 e.get('tpm_nonce'), e.get('extra_data'),
                 *[n.get('extra_data') for n in nested
                   if isinstance(n, dict)])


def registers(case, base):
    """--pcr and --rtmr as the base has them."""
    e = base['expect']
    args = []
    for name in ('pcr', 'pcrs'):
        if not isinstance(e.get(name), dict):
            continue
        for bank, values in e[name].items():
            for n, v in values.items():
                args += ['--pcr', '%s:%s=%s' % (bank, n, v)]
    index = e.get('rtmr_index_plus_1', {}).get('sha384', {})
    for n, v in index.items():
        if int(n) > 0:
            args += ['--rtmr', '%d=%s' % (int(n) - 1, v)]
    if case['kind'].startswith('tdx-quote'):
        for n in range(4):
            if 'rtmr%d' % n in e:
                args += ['--rtmr', '%d=%s' % (n, e['rtmr%d' % n])]
    return args


def options(case, base, top):
    args = ['--kind', case['kind'], '--json']
    for role, name in case['files'].items():
        args += ['--file', '%s=%s' % (role, os.path.join(top, name))]
    if 'verify_at' in case:
        args += ['--at', case['verify_at']]
    if case['kind'] in NAMED_ROOT and 'root' in case['files']:
        args += ['--trust-root', os.path.join(top, case['files']['root'])]
    nonce = nonce_of(case, base)
    if nonce:
        args += ['--nonce', nonce]
    if case['kind'] in ('snp-report', 'sev-quote-blob', 'azure-snp-pem',
                        'tdx-quote', 'tdx-quote+collateral'):
        data = base['expect'].get('report_data')
        if data:
            args += ['--report-data', data]
    return args + registers(case, base)


def differences(want, got, path):
    """Where got is not as want; a claim may say more than the manifest."""
    if isinstance(want, dict) and isinstance(got, dict):
        for k, v in want.items():
            if k.startswith(IGNORED_PREFIXES) or k == 'note':
                continue
            if k not in got:
                yield '%s.%s is missing' % (path, k)
            else:
                yield from differences(v, got[k], '%s.%s' % (path, k))
    elif want != got or isinstance(want, bool) != isinstance(got, bool):
        yield '%s is %s, not %s' % (path, short(got), short(want))


def short(v):
    s = json.dumps(v)
    return s if len(s) < 200 else s[:200] + '...'


def judge(case, base, top, command):
    """Verdict of the command, and what is wrong with its answer."""
    run = subprocess.run(command + options(case, base, top), timeout=60,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         check=False)
    try:
        got = json.loads(run.stdout)
    except ValueError:
        return 'broken', ['exit %d, no JSON: %s' % (
            run.returncode, run.stderr.decode(errors='replace')[:300])], {}
    if got['verdict'] == 'unjudged' and got['reason'] == 'unknown kind':
        return 'uncovered', [], got
    wrong = []
    want = VERDICTS[case['verdict']]
    if got['verdict'] != want:
        wrong.append('verdict %s (%s), not %s: %s' % (
            got['verdict'], got['reason'], want, case.get('reason', '')))
    if STATUS[got['verdict']] != run.returncode:
        wrong.append('exit status %d' % run.returncode)
    for name, value in case['expect'].items():
        if ignored(case['kind'], name):
            continue
        if name not in got['claims']:
            wrong.append('claim %s is missing' % name)
        else:
            wrong += differences(value, got['claims'][name], name)
    return got['verdict'], wrong, got


def table(count):
    print('%-24s %5s %7s %7s %7s %7s %7s' % (
        'kind', 'cases', 'accept', 'reject', 'parsed', 'wrong', 'not cov'))
    total = collections.Counter()
    for kind, c in count.items():
        total.update(c)
        row(kind, c)
    row('all', total)


def row(kind, c):
    print('%-24s %5d %7d %7d %7d %7d %7d' % (
        kind, c['cases'], c['accept'], c['reject'], c['parsed'], c['wrong'],
        c['uncovered']))


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument('-v', action='store_true', dest='verbose')
    p.add_argument('-k', dest='kind')
    p.add_argument('-c', dest='case')
    p.add_argument('-l', action='store_true', dest='options')
    p.add_argument('vectors')
    p.add_argument('command', nargs='*')
    a = p.parse_args()
    with open(os.path.join(a.vectors, 'manifest.json'),
              encoding='utf-8') as f:
        cases = json.load(f)['cases']
    by_id = {c['id']: c for c in cases}
    cases = [c for c in cases if a.kind in (None, c['kind']) and
             a.case in (None, c['id'])]
    if a.options:
        json.dump([{'id': c['id'], 'args': options(
            c, by_id.get(c.get('base'), c), a.vectors)} for c in cases
            if VERDICTS[c['verdict']] == 'accept'], sys.stdout, indent=1)
        return
    count = collections.OrderedDict()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda c: judge(
            c, by_id.get(c.get('base'), c), a.vectors, a.command), cases)
    for c, (verdict, wrong, got) in zip(cases, results):
        n = count.setdefault(c['kind'], collections.Counter())
        n['cases'] += 1
        n[verdict] += 1
        n['wrong'] += bool(wrong)
        for text in wrong:
            print('WRONG %s: %s' % (c['id'], text))
        if a.verbose:
            print('%s: %s' % (c['id'], json.dumps(got, indent=1)))
    table(count)
    sys.exit(any(n['wrong'] or n['broken'] for n in count.values()) or
             not cases)


main()
