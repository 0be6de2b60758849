#!/usr/bin/env python3
"""usage: checks-covered.py TOP

The names of all checks in evidence/ that can refuse, and of those the ones
that no test expects.  A name is the literal, or the constant, that is handed
to checks_add() with RESULT_FAIL or with a result that is computed, or to
checks_test() or rule_check().  Exit status 1 if one is not expected by any
unit test or e2e script.
"""

import glob
import os
import re
import sys

CALL = re.compile(r'\b(checks_add|checks_test|rule_check|refuse)\s*\(')
CONST = re.compile(r'static\s+const\s+char\s+(?:\*const\s+)?(\w+)(?:\[\])?'
                   r'\s*=\s*"([a-z][a-z0-9.-]*)"\s*;')
LITERAL = re.compile(r'^"([a-z][a-z0-9.-]*)"$')


def arguments(text, at):
    """The arguments of the call whose parenthesis opens at `at`."""
    depth, start, args, quoted = 0, at + 1, [], False
    i = at
    while i < len(text):
        c = text[i]
        if quoted:
            if c == '\\':
                i += 1
            elif c == '"':
                quoted = False
        elif c == '"':
            quoted = True
        elif c in '([{':
            depth += 1
        elif c in ')]}':
            depth -= 1
            if depth == 0:
                args.append(text[start:i].strip())
                return args
        elif c == ',' and depth == 1:
            args.append(text[start:i].strip())
            start = i + 1
        i += 1
    return args


def name_of(arg, consts):
    m = LITERAL.match(arg)
    if m:
        return [m.group(1)]
    if arg in consts:
        return consts[arg]
    return []


def can_fail(function, args):
    if function == 'checks_add':
        return len(args) > 1 and args[1] not in (
            'RESULT_OK', 'RESULT_WARN', 'RESULT_SKIP')
    return True


def checks(path):
    with open(path, encoding='utf-8') as f:
        text = re.sub(r'/\*.*?\*/', '', f.read(), flags=re.S)
    consts = {}
    for m in CONST.finditer(text):
        consts.setdefault(m.group(1), []).append(m.group(2))
    for m in CALL.finditer(text):
        args = arguments(text, m.end() - 1)
        if not can_fail(m.group(1), args):
            continue
        for arg in args:
            yield from name_of(arg, consts)


def expected(top):
    """All words of the tests that may be names."""
    words = set()
    for pattern in ('unit/*/*.[ch]', 'proc/*/*.[ch]', 'e2e/*.sh',
                    'e2e/*.py'):
        for path in glob.glob(os.path.join(top, 'regress', pattern)):
            with open(path, encoding='utf-8') as f:
                words.update(re.findall(r'[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*',
                                        f.read()))
    return words


def main():
    top = sys.argv[1]
    names = {}
    for path in sorted(glob.glob(os.path.join(top, 'evidence', '*.c'))):
        for name in checks(path):
            names.setdefault(name, os.path.basename(path))
    words = expected(top)
    missing = sorted(n for n in names if n not in words)
    for name in missing:
        print('evidence/%s: no test expects that %s refuses' %
              (names[name], name))
    print('%d checks can refuse, %d are not tested' %
          (len(names), len(missing)))
    sys.exit(bool(missing) or len(names) < 50)


main()
