import { describe, expect, test } from 'vitest'
import { isToTell } from './act.ts'
import { actionsFor, parseActions } from './action-plan.ts'
import { type Baseline, figureFindings, RULE_NAMES, ruleFindings } from './judge.ts'
import { type Figures, type JudgedRun, NO_HISTORY, type RunHistory } from './judged-run.ts'
import { RULES } from './rules.ts'

const usage = {
  ...{ wallMs: 10, cpuMs: 8, queueMs: 0, startMs: 0, packagesMs: 0, peakMemoryBytes: 90 * 2 ** 20 },
  ...{ stdoutBytes: 10, stderrBytes: 0 },
}
const run = (fields: Partial<JudgedRun> = {}): JudgedRun => ({
  ...{ executionId: 'exe_1', userId: 'usr_1', apiKeyId: 'key_1', toolId: null, codeSha256: 'a'.repeat(64) },
  ...{ code: 'print(1)', error: null, used: [], denied: [], usage, ...fields },
})
const denied = (...uses: [JudgedRun['denied'][number]['kind'], string][]) =>
  uses.map(([kind, value]) => ({ kind, value, count: 1 }))
const rulesOf = (fields: Partial<JudgedRun>, history: Partial<RunHistory> = {}) =>
  ruleFindings({ run: run(fields), history: { ...NO_HISTORY, ...history } }).map(({ rule }) => rule)
const times = (n: number, value: boolean) => Array.from({ length: n }, () => value)

describe('ruleFindings()', () => {
  test.each<[string, Partial<JudgedRun>, Partial<RunHistory>, string[]]>([
    ['an ordinary program', {}, {}, []],
    ['one that fails', { error: 'exception' }, {}, []],
    ['an import that looks for a file', { denied: denied(['read', '/etc/ssl/cert.pem']) }, {}, []],
    ['two kinds', { denied: denied(['read', '/a'], ['net', 'b:1']) }, {}, []],
    [
      'three kinds',
      { denied: denied(['read', '/a'], ['net', 'b:1'], ['env', 'C']) },
      {},
      ['many-denied-kinds'],
    ],
    ['a metadata address', { denied: denied(['net', '169.254.169.254:80']) }, {}, ['metadata-address']],
    ['an address like it', { denied: denied(['net', '169.254.169.2540:80']) }, {}, []],
    ['/proc in code', { code: 'open("/proc/self/environ")' }, {}, ['process-files']],
    ['a word like it', { code: 'x = "a/proc/b", "process"' }, {}, []],
    ['a program', { denied: denied(['run', 'sh']) }, {}, ['denied-programs']],
    [
      'many of a kind',
      { denied: denied(...[...'abcdefgh'].map((c) => ['read', c] as ['read', string])) },
      {},
      ['many-denied'],
    ],
    ['an idiom', { code: 'import js\njs.eval("1")' }, {}, ['escape-idiom']],
    ['a word like an idiom', { code: 'import json\njsonl = "js"' }, {}, []],
    ['what tampers', { code: 'import sys\nsys.modules["json"] = None' }, {}, ['tampering-idiom']],
    ['a local file as an address', { code: 'await pyfetch("file:///etc/canary")' }, {}, ['escape-idiom']],
    [
      "a module among Python's own",
      { code: 'open("/lib/python3.14/site-packages/x.py", "w")' },
      {},
      ['tampering-idiom'],
    ],
    ['what looks at its own folder', { code: 'print(sysconfig.get_paths()["stdlib"])' }, {}, []],
    [
      'a line of a log',
      { code: 'raise ValueError("no\\r\\n2026-01-01T00:00:00Z INFO ok")' },
      {},
      ['forged-output'],
    ],
    ['a separator of lines', { code: 'print("a\\u2028b")' }, {}, ['forged-output']],
    ['what forges', { code: 'print("\\x1b]0;owned")' }, {}, ['forged-output']],
    ['colours', { code: 'print("\\x1b[31mred\\x1b[0m")' }, {}, []],
    ['a crash', { error: 'crashed' }, {}, ['worker-crash']],
    ['a limit', { error: 'timeout' }, {}, ['limit-hit']],
    ['limits in a row', { error: 'cpu' }, { limited: [true, true, false] }, ['limit-hit', 'limits-in-a-row']],
    ['limits with one between', { error: 'cpu' }, { limited: [true, false, true, true] }, ['limit-hit']],
    ['limits before', {}, { limited: [true, true, true, true] }, []],
    [
      'failures',
      { error: 'exception' },
      { failed: [...times(9, true), ...times(30, false)] },
      ['failures-rise'],
    ],
    ['failures as before', { error: 'exception' }, { failed: times(40, true) }, []],
    ['code of many', { code: '#'.repeat(200) }, { usersOfCode: 10 }, ['same-code-many-users']],
    ['a tool of many', { code: '#'.repeat(200), toolId: 'tool_1' }, { usersOfCode: 99 }, []],
    [
      'a miner',
      { usage: { ...usage, wallMs: 40_000, cpuMs: 39_000, stdoutBytes: 0 } },
      {},
      ['busy-without-output'],
    ],
  ])('of %s', (_, fields, history, expected) => {
    expect(rulesOf(fields, history)).toEqual(expected)
  })

  test('says whom it is about, and shows what code has chosen without what steers a terminal', () => {
    const [finding] = ruleFindings({
      run: run({ toolId: 'tool_1', denied: denied(['net', '169.254.169.254\u001b[2J\u202e\n%user']) }),
      history: NO_HISTORY,
    })
    expect(finding).toMatchObject({ subject: 'tool:tool_1', priority: 'critical' })
    expect(finding?.sentence).toBe(
      'Code of tool tool_1 wants to reach an address that tells the credentials of the machine: 169.254.169.254 [2J  %user',
    )
  })

  test('is bounded, and quick, whatever the code and the denials are', () => {
    const many = Array.from(
      { length: 5000 },
      (_, n) => ['read', `/proc/${n}/${'x'.repeat(500)}`] as ['read', string],
    )
    for (const piece of ['/proc/', 'Deno ', '__subclasses__', 'import ', '169.254.', '\n\n\t', '"/sys/']) {
      const hostile = run({ code: piece.repeat(200_000), denied: denied(...many) })
      const begun = process.cpuUsage()
      const findings = ruleFindings({ run: hostile, history: NO_HISTORY })
      const { user, system } = process.cpuUsage(begun)
      expect((user + system) / 1000).toBeLessThan(500)
      for (const { sentence, evidence } of findings) {
        expect(sentence.length).toBeLessThanOrEqual(400)
        expect(evidence.length).toBeLessThanOrEqual(10)
      }
    }
  })

  test('names of rules are unique, and each has what Falco wants', () => {
    expect(new Set(RULE_NAMES).size).toBe(RULE_NAMES.length)
    for (const { name, tags, output } of RULES) {
      expect(name).toMatch(/^[a-z-]+$/)
      expect(tags.length).toBeGreaterThan(0)
      expect(output).toMatch(/%(user|code)/)
    }
  })
})

describe('figureFindings()', () => {
  const figures = (fields: Partial<Figures>): Figures => ({
    ...{ wallMs: 1000, peakBytes: 100 * 2 ** 20, outputBytes: 100, calls: 0, denials: 0, ...fields },
  })
  const baseline = (n: number, mad: Partial<Figures> = {}): Baseline => ({
    ...{ n, of: 'user', median: figures({}) },
    mad: { wallMs: 50, peakBytes: 2 ** 20, outputBytes: 10, calls: 0, denials: 0, ...mad },
  })
  const found = (fields: Partial<Figures>, of: Baseline | null = baseline(20)) =>
    figureFindings(run(), figures(fields), of).map(({ rule }) => rule)

  test.each<[string, string[], string[]]>([
    ['what is usual', found({}), []],
    ['far and three times as much', found({ wallMs: 3000 }), ['unusual-duration']],
    ['far and less than three times', found({ wallMs: 2990 }), []],
    [
      'three times and not far: the runs differ much',
      found({ wallMs: 3000 }, baseline(20, { wallMs: 500 })),
      [],
    ],
    ['19 executions', found({ wallMs: 9000 }, baseline(19)), []],
    ['nothing to compare with', found({ wallMs: 9000 }, null), []],
    ['a median and a MAD of 0: the floor', found({ denials: 8 }), []],
    ['above the floor', found({ denials: 9 }), ['unusual-denials']],
    ['less than usual', found({ wallMs: 0, peakBytes: 0 }), []],
    ['several', found({ peakBytes: 2 ** 30, outputBytes: 2 ** 30 }), ['unusual-memory', 'unusual-output']],
  ])('of %s', (_, rules, expected) => expect(rules).toEqual(expected))

  test('says how far it is from what', () => {
    const [finding] = figureFindings(run(), figures({ wallMs: 10_000 }), baseline(200))
    expect(finding).toMatchObject({ score: 60.7, priority: 'notice', subject: 'user:usr_1' })
    expect(finding?.sentence).toBe('An execution of user usr_1 took 10.00 s; 1.00 s is usual for this user')
  })
})

describe('actions', () => {
  const actions = parseActions(['notice=webhook', 'critical=throttle', 'process-files=disable-tool'])
  test.each([
    ['limit-hit', 'notice', ['log', 'webhook']],
    ['process-files', 'warning', ['log', 'webhook', 'disable-tool']],
    ['metadata-address', 'critical', ['log', 'webhook', 'throttle']],
  ] as const)('actionsFor() %s', (rule, priority, expected) => {
    expect(actionsFor({ actions }, { rule, priority })).toEqual(expected)
  })
  test.each(['critical', 'critical=', 'critical=kill', 'no-rule=log', '=log', 'a=b=c'])(
    'parseActions() refuses %s, and says what is allowed',
    (entry) => expect(() => parseActions([entry])).toThrow(/limit-hit.*disable-tool/),
  )
})

test.each([
  [1, 1, true],
  [2, 1, false],
  [64, 64, true],
  [100, 36, false],
  [101, 1, true],
  [128, 64, true],
  [200, 64, false],
  [264, 64, true],
  [265, 64, false],
])('isToTell(%i, %i) is %s: of a flood the first, and then one for each hundred', (count, times, told) => {
  expect(isToTell(count, times)).toBe(told)
})
