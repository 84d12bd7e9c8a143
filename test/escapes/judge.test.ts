import { expect, test } from 'vitest'
import { parseAttack, readAttacks } from './cases.ts'
import { CATEGORIES } from './categories.ts'
import { judge } from './judge.ts'
import { TARGETS } from './targets.ts'

const MIB = 2 ** 20
const WALLS = {
  product: wallOf('product'),
  'deno-wall': wallOf('deno-wall'),
  'os-wall': wallOf('os-wall'),
  naive: wallOf('naive'),
}

function wallOf(target: string) {
  const found = TARGETS.find(({ name }) => name === target)
  if (found === undefined) throw new TypeError(`no target "${target}"`)
  return found.wall
}

function attack(changes = {}) {
  const header = '# id: a\n# category: deno-api\n# goal: g\n# success-if: s\n'
  return { ...parseAttack('a.py', `${header}\nprint()`), ...changes }
}

/** What a run that harmed nobody leaves; `result` and the rest of the outcome of the attack can be changed. */
function facts({
  result = {},
  outcome = {},
  ...changes
}: Record<string, object | string | number | boolean> = {}) {
  const calm = {
    status: 'success',
    result: null,
    stdout: 'CONTAINED no\n',
    stderr: '',
    error: null,
    truncated: {},
  }
  const attackOutcome = {
    result: { ...calm, ...Object(result) },
    thrown: '',
    seconds: 1,
    finished: 1,
    raw: '',
    hostLagMs: 0,
  }
  return {
    steps: [{ role: 'attack', outcome: { ...attackOutcome, ...Object(outcome) } }],
    limits: { timeoutSeconds: 3, memoryLimitMb: undefined },
    seen: {
      hostGrowthBytes: 0,
      hostCpuMs: 0,
      workerPeakBytes: 0,
      children: [],
      environment: {},
      sharedNamespaces: [],
      diskGrowthBytes: 0,
      sharedMemoryGrowthBytes: 0,
    },
    workersLeft: 0,
    childrenLeft: [],
    runsOn: false,
    lateCpuMs: 0,
    damage: [],
    leaked: false,
    terminal: '',
    polluted: false,
    lost: '',
    ...changes,
  } as unknown as Parameters<typeof judge>[1]
}

function seen(changes: object) {
  return { seen: { ...facts().seen, ...changes } }
}

function next(result: object) {
  const [first] = facts().steps
  return { steps: [first, { role: 'next', outcome: { ...first?.outcome, result } }] as unknown as object }
}

function levels(found: ReturnType<typeof judge>) {
  return found.map(({ level }) => level)
}

test('judge() finds nothing in a run that harmed nobody', () => {
  for (const wall of Object.values(WALLS)) expect(judge(attack(), facts(), wall)).toEqual([])
})

test.for<[string, object]>([
  ['a canary was touched', { damage: ['connected to a server of the host'] }],
  ['a token came out', { leaked: true }],
  ['the host is gone', { lost: 'host ended with SIGSEGV' }],
  ['prototypes of the host changed', { polluted: true }],
  ['a process is left', { childrenLeft: ['sleep'] }],
  ['the worker is left', { workersLeft: 1 }],
])('judge() calls it a breach under every wall when %s', ([, change]) => {
  for (const wall of Object.values(WALLS))
    expect(levels(judge(attack(), facts({ ...change }), wall))).toContain('breach')
})

test.for<[string, object, object]>([
  ['the program says so', {}, { result: { stdout: 'fine\nBREACH it\n' } }],
  ['the program says nothing and was not ended by a limit', {}, { result: { stdout: 'hello\n' } }],
  ['a child process was seen', {}, seen({ children: ['sh'] })],
  ['the host threw', {}, { outcome: { thrown: 'TypeError: x', result: null } }],
  ['the run ended twice', {}, { outcome: { finished: 2 } }],
  ['the next execution does not work', {}, next({ status: 'error', result: null, stdout: '' })],
  ['it ran past its limit', { category: 'cpu' }, { outcome: { seconds: 4.5 } }],
  ['it ran to its limit and was told as a success', { category: 'cpu' }, { outcome: { seconds: 3.2 } }],
  ['the worker held too much', { category: 'memory' }, seen({ workerPeakBytes: 1000 * MIB })],
  [
    'the host holds all the output',
    { category: 'output-flood' },
    { result: { stdout: 'x'.repeat(2 * MIB), truncated: { stdout: true } } },
  ],
  ['cut output is not told', { category: 'output-flood' }, { result: { stdout: 'x'.repeat(MIB) } }],
  ['the host grew', { category: 'protocol-forgery' }, seen({ hostGrowthBytes: 65 * MIB })],
  ['the result is forged', { category: 'protocol-forgery' }, { result: { result: 'FORGED' } }],
  ['the worker goes on after its result', { category: 'worker-timer' }, { runsOn: true }],
  [
    'its output is in the next result',
    { category: 'worker-timer' },
    next({ status: 'success', result: 42, stdout: 'LATE' }),
  ],
  ['the host printed something', { category: 'terminal-injection' }, { terminal: '\u001b[2J' }],
  [
    'a variable of the host is there',
    { checks: ['clean-environment'] },
    seen({ environment: { PATH: '', AWS_KEY: '' } }),
  ],
  ['the disk fills', { checks: ['disk'] }, seen({ diskGrowthBytes: 2 * MIB })],
  [
    'it told a verdict of the host',
    { checks: ['no-false-verdict'] },
    { result: { error: { kind: 'timeout' } } },
  ],
  ['the host was held up', { checks: ['host-lag'] }, { outcome: { hostLagMs: 2000 } }],
  ['the host had to work for it', { checks: ['host-cpu'] }, seen({ hostCpuMs: 5000 })],
])('judge() calls it a breach of the product when %s', ([, header, change]) => {
  expect(levels(judge(attack(header), facts({ ...change }), WALLS.product))).toContain('breach')
})

test('judge() calls it a breach when a later run finds what this one left', () => {
  const [first] = facts().steps
  const again = {
    role: 'again',
    outcome: { ...first?.outcome, result: { stdout: 'BREACH marker\n', error: null } },
  }
  const found = judge(
    attack({ category: 'persistence' }),
    facts({ steps: [first, again] as object }),
    WALLS['os-wall'],
  )
  expect(levels(found)).toEqual(['breach'])
})

test('judge() takes silence for containment where a limit or a crash ended the program', () => {
  for (const kind of ['timeout', 'memory', 'output', 'crashed'])
    expect(judge(attack(), facts({ result: { stdout: '', error: { kind } } }), WALLS.product)).toEqual([])
})

test('judge() keeps an open layer apart from a wall', () => {
  const open = facts({ result: { stdout: 'BREACH-HARDENING js\n' } })
  expect(levels(judge(attack(), open, WALLS.product))).toEqual(['hardening'])
  expect(judge(attack(), open, WALLS['deno-wall'])).toEqual([])
  const forged = facts({ result: { result: 'FORGED' } })
  const header = { category: 'protocol-forgery', level: 'hardening' }
  expect(levels(judge(attack(header), forged, WALLS.product))).toEqual(['hardening'])
})

test('judge() believes nobody inside the second wall, but what no wall may allow', () => {
  const inside = facts({ result: { stdout: 'BREACH a shell in here\n' }, ...seen({ children: ['sh'] }) })
  expect(judge(attack(), inside, WALLS['os-wall'])).toEqual([])
  const through = facts({ result: { stdout: 'BREACH-WALL new namespaces\n' } })
  expect(levels(judge(attack(), through, WALLS['os-wall']))).toEqual(['breach'])
  const shared = facts(seen({ sharedNamespaces: ['net'] }))
  expect(levels(judge(attack(), shared, WALLS['os-wall']))).toEqual(['breach'])
})

test('readAttacks() finds more than 170 attacks, of every category that there is', () => {
  const attacks = readAttacks()
  expect(attacks.length).toBeGreaterThan(170)
  expect(new Set(attacks.map(({ category }) => category))).toEqual(new Set(Object.keys(CATEGORIES)))
})

test.for<[string, string, RegExp]>([
  [
    'an unknown header line',
    '# id: a\n# category: c\n# goal: g\n# success-if: s\n# verdikt: harness\n',
    /"verdikt"/,
  ],
  ['a missing header line', '# id: a\n# category: c\n# goal: g\n', /"success-if" is missing/],
  ['an unknown category', '# id: a\n# category: c\n# goal: g\n# success-if: s\n', /no category is "c"/],
  [
    'an unknown check',
    '# id: a\n# category: cpu\n# goal: g\n# success-if: s\n# checks: quiet\n',
    /no check is "quiet"/,
  ],
  ['another id than its name', '# id: b\n# category: c\n# goal: g\n# success-if: s\n', /its id is "b"/],
])('parseAttack() refuses %s', ([, text, message]) => {
  expect(() => parseAttack('a.py', text)).toThrow(message)
})

test('judge() believes a flood that says, after other output, that it found no way', () => {
  const told = facts({ result: { stdout: 'before\nCONTAINED AttributeError\n' } })
  expect(judge(attack({ category: 'output-flood', verdict: 'harness' }), told, WALLS.product)).toEqual([])
})

test('judge() finds a note that was forged into the receipt', () => {
  const permissions = { used: [], denied: [{ kind: 'ffi', value: 'FORGED', count: 4 }] }
  const forged = facts({ result: { permissions } })
  const findings = judge(attack({ category: 'receipt', checks: ['honest-receipt'] }), forged, WALLS.product)
  expect(findings).toMatchObject([{ level: 'breach', reason: 'receipt holds the forged ffi of FORGED' }])
})
