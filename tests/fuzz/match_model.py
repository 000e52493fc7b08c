#!/usr/bin/env python3
"""match_model.py SEED N - random fn-match functions and calls of them, as SX that raises when an answer is not the model's.
The model tries clauses from the top, each pattern from left to right; the compiler makes decision trees of them.
    tests/fuzz/match_model.py 1 300 > /tmp/m.sx && build/sxhost /tmp/m.sx"""
import random
import sys

R = random.Random(int(sys.argv[1]))
N = int(sys.argv[2])
LITERALS = int(sys.argv[1]) % 2  # odd seeds: many clauses, mostly literals

# ---- values: ('i', n) ('a', name) ('l', items) ('t', items) ('m', ((key, value), ...)) ('b', bytes) ----


def value(depth=0):
    k = R.random()
    if depth > 3 or k < .2: return ('i', R.randint(0, 4))
    if k < .4: return ('a', R.choice('abc'))
    if k < .6: return ('l', tuple(value(depth + 1) for _ in range(R.randint(0, 3))))
    if k < .8: return ('t', tuple(value(depth + 1) for _ in range(R.randint(0, 3))))
    if k < .9: return ('m', tuple(sorted((key, value(depth + 1)) for key in R.sample('abc', R.randint(0, 2)))))
    return ('b', tuple(R.randint(65, 67) for _ in range(R.randint(0, 3))))


def show(v):
    k, x = v
    if k == 'i': return str(x)
    if k == 'a': return ':' + x
    if k == 'l': return '[' + ' '.join(map(show, x)) + ']'
    if k == 't': return '#(' + ' '.join(map(show, x)) + ')'
    if k == 'm': return '{' + ' '.join(':%s %s' % (key, show(y)) for key, y in x) + '}'
    return '"' + ''.join(map(chr, x)) + '"'


# ---- patterns ----

SIMPLE = [('i', 0), ('i', 1), ('i', 2), ('i', 3), ('a', 'a'), ('a', 'b'), ('a', 'c'), ('l', ()), ('b', ()), ('b', (65,)),
          ('b', (66, 67)), ('l', (('i', 1),)), ('l', (('i', 0), ('i', 1))), ('t', (('a', 'a'), ('i', 1)))]


class Clause:
    def __init__(self, n):
        self.names = []
        self.patterns = [self.pattern() for _ in range(n)]
        self.guards = [self.guard() for _ in range(R.choice([0, 0, 0, 1, 1, 2])) if self.names]
        self.used = [x for x in self.names if R.random() < .8]

    def name(self):
        if self.names and R.random() < .15: return ('v', R.choice(self.names))
        self.names.append('v%d' % len(self.names))
        return ('v', self.names[-1])

    def pattern(self, depth=0):
        k = R.random()
        if k < .22: return self.name()
        if k < .30: return ('_',)
        if depth > 2 - LITERALS or k < (.80 if LITERALS else .48): return ('k', R.choice(SIMPLE))
        if k < .60 + .25 * LITERALS:
            return ('c', [self.pattern(depth + 1) for _ in range(R.randint(1, 3))], self.pattern(depth + 1) if R.random() < .5 else None)
        if k < .76 + .14 * LITERALS: return ('t', [self.pattern(depth + 1) for _ in range(R.randint(0, 3))])
        if k < .83 + .10 * LITERALS: return ('m', [(key, self.pattern(depth + 1)) for key in R.sample('abc', R.randint(0, 2))])
        if k < .88 + .07 * LITERALS: return ('=', self.pattern(depth + 1), self.pattern(depth + 1))
        segments = []
        for _ in range(R.randint(0, 2)):
            q = R.random()
            segments.append(('k', R.randint(65, 67)) if q < .5 else self.name() if q < .85 else ('_',))
        k = R.randint(0, 3)
        return ('B', segments, None if k < 2 else self.name() if k == 2 else ('_',))

    def guard(self):
        return R.choice([('= %s :a', lambda v: v == ('a', 'a')), ('erlang:is_integer %s', lambda v: v[0] == 'i'),
                         ('= (erlang:hd %s) 1', lambda v: v[0] == 'l' and v[1][:1] == (('i', 1),)),
                         ('if (erlang:is_integer %s) (> %s 1) false', lambda v: v[0] == 'i' and v[1] > 1)]) + (R.choice(self.names),)

    def fits(self, values):
        bound = {}
        if not all(match(p, v, bound) for p, v in zip(self.patterns, values)): return None
        if self.guards and not any(test(bound[name]) for _, test, name in self.guards): return None
        return bound

    def text(self, i):
        guards = ''.join(' :when (%s)' % text.replace('%s', name) for text, _, name in self.guards)
        return '((%s)%s #(%d %s))' % (' '.join(map(show_pattern, self.patterns)), guards, i, ' '.join(self.used))


def show_pattern(p):
    t = p[0]
    if t in 'v': return p[1]
    if t == '_': return '_'
    if t == 'k': return show(p[1])
    if t == 'c': return '[' + ' '.join(map(show_pattern, p[1])) + (' & ' + show_pattern(p[2]) if p[2] else '') + ']'
    if t == 't': return '#(' + ' '.join(map(show_pattern, p[1])) + ')'
    if t == 'm': return '{' + ' '.join(':%s %s' % (key, show_pattern(q)) for key, q in p[1]) + '}'
    if t == '=': return '(= %s %s)' % (show_pattern(p[1]), show_pattern(p[2]))
    segments = ['(%s 8)' % (s[1] if s[0] != '_' else '_') for s in p[1]]
    return '(bin ' + ' '.join(segments + (['(%s :binary)' % show_pattern(p[2])] if p[2] else [])) + ')'


def match(p, v, bound):
    t = p[0]
    if t == '_': return True
    if t == 'v': return bound.setdefault(p[1], v) == v
    if t == 'k': return p[1] == v
    if t == 't': return v[0] == 't' and len(v[1]) == len(p[1]) and all(match(a, b, bound) for a, b in zip(p[1], v[1]))
    if t == 'm': return v[0] == 'm' and all(key in dict(v[1]) and match(q, dict(v[1])[key], bound) for key, q in p[1])
    if t == '=': return match(p[1], v, bound) and match(p[2], v, bound)
    if v[0] != ('l' if t == 'c' else 'b'): return False
    n, items = len(p[1]), v[1]
    if len(items) < n or (p[2] is None and len(items) != n): return False
    for q, x in zip(p[1], items):
        if t == 'B' and q[0] == 'k':
            if q[1] != x: return False
        elif not match(q, ('i', x) if t == 'B' else x, bound): return False
    return p[2] is None or match(p[2], (v[0], items[n:]), bound)


def example(p):
    """A value that is likely to match."""
    t = p[0]
    if t in 'v_': return value(2)
    if t == 'k': return p[1]
    if t == 'c':
        tail = example(p[2]) if p[2] else ('l', ())
        return ('l', tuple(map(example, p[1])) + (tail[1] if tail[0] == 'l' else ()))
    if t == 't': return ('t', tuple(map(example, p[1])))
    if t == 'm': return ('m', tuple(sorted((key, example(q)) for key, q in p[1])))
    if t == '=': return example(R.choice(p[1:]))
    return ('b', tuple(s[1] if s[0] == 'k' else R.randint(65, 67) for s in p[1]) + ((65, 66) if p[2] else ()))


for f in range(N):
    n_args = R.randint(1, 3)
    clauses = [Clause(n_args) for _ in range(R.randint(2, 40 if LITERALS else 9))]
    print('(define f%d (fn-match' % f)
    for i, clause in enumerate(clauses): print('  ' + clause.text(i))
    print('  ((%s) :none)))' % ' '.join('_' * n_args))
    calls, answers = [], []
    for _ in range(14):
        args = [example(p) for p in R.choice(clauses).patterns] if R.random() < .7 else [value() for _ in range(n_args)]
        answer = ':none'
        for i, clause in enumerate(clauses):
            bound = clause.fits(args)
            if bound is not None:
                answer = '#(%s)' % ' '.join([str(i)] + [show(bound[x]) for x in clause.used])
                break
        calls.append('(f%d %s)' % (f, ' '.join(map(show, args))))
        answers.append(answer)
    print('(let ((got [%s]) (want [%s]))\n  (if (= got want) :ok (error #(:mismatch :f%d got want))))' % (' '.join(calls), ' '.join(answers), f))
