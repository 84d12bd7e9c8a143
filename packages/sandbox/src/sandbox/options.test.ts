import { availableParallelism } from 'node:os'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InvalidOptionsError } from './errors/errors.ts'
import { parseExecutionOptions } from './execution/execution-options.ts'
import { parseSandboxOptions, type SandboxOptions } from './options.ts'

/** Options without a default. */
const OPTIONAL = [
  'wheels',
  'packageIndex',
  'offline',
  'denyNet',
  'cpuSeconds',
  'cacheDir',
  'onProgress',
  'logger',
]

const MANY = 200_000
const manyNames = Object.fromEntries(Array.from({ length: MANY }, (_, n) => [`n${n}`, 1]))

test.for<[string, unknown]>([
  ...['allowEnv', 'allowRead', 'allowWrite', 'allowNet', 'denyNet', 'allowRun', 'allowFfi'].flatMap(
    (name): [string, unknown][] => [
      [name, Array(MANY).fill('a')],
      [name, Array(MANY).fill(5)],
    ],
  ),
  ['packages', Array(MANY).fill('a')],
  ['packages', new Array(MANY)],
  ['autoInstall', Array(MANY).fill('a')],
  ['tools', Array(MANY).fill({})],
  ['knownSecrets', Array(MANY).fill('')],
  ['secrets', manyNames],
  ['pool', manyNames],
])('parseSandboxOptions() counts the entries of %s before it looks at them', ([name, value]) => {
  const [error, ms] = timed(() => parseSandboxOptions({ [name]: value }))
  expect(error).toBeInstanceOf(InvalidOptionsError)
  expect((error as InvalidOptionsError).problems.map(({ path }) => path)).toEqual([name])
  expect((error as InvalidOptionsError).message).toMatch(/at most \d+|<=\d+/)
  expect((error as InvalidOptionsError).message).toMatch(/200000/)
  expect(ms).toBeLessThan(2000)
})

test.for<[string, unknown]>([
  ['args', Array(MANY).fill(5)],
  ['packages', Array(MANY).fill(5)],
  ['files', manyNames],
  ['globals', manyNames],
  ['secrets', manyNames],
])('parseExecutionOptions() counts the entries of %s before it looks at them', ([name, value]) => {
  const [error, ms] = timed(() => parseExecutionOptions({ [name]: value }))
  expect(error).toBeInstanceOf(InvalidOptionsError)
  expect((error as InvalidOptionsError).problems.map(({ path }) => path)).toEqual([name])
  expect((error as InvalidOptionsError).message).toMatch(/200000/)
  expect(ms).toBeLessThan(2000)
})

test('lists and names up to their bounds are taken', () => {
  const list = Array.from({ length: 1000 }, (_, n) => `a${n}`)
  expect(parseSandboxOptions({ allowEnv: list, allowNet: list, denyNet: list }).allowEnv).toEqual(list)
  const names = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`n${n}`, '1']))
  const options = parseExecutionOptions({ globals: names, files: names, args: Object.keys(names) })
  expect(options.args).toHaveLength(10_000)
})

/** What was thrown, and after how many milliseconds. */
function timed(work: () => unknown): readonly [unknown, number] {
  const start = performance.now()
  try {
    return [work(), performance.now() - start]
  } catch (error) {
    return [error, performance.now() - start]
  }
}

test('parseSandboxOptions() fills in the documented defaults', () => {
  expect(parseSandboxOptions({})).toMatchObject({
    stateful: false,
    allowEnv: false,
    allowRead: false,
    allowWrite: false,
    allowNet: false,
    allowRun: false,
    allowFfi: false,
    timeoutSeconds: 60,
    memoryLimitMb: 512,
    maxOutputBytes: 2 ** 20,
    packages: [],
    image: 'base',
    pool: { min: 1, max: availableParallelism(), maxQueue: 1000 },
    isolation: 'auto',
    tools: [],
    maxToolCalls: 1000,
    maxToolArgumentBytes: 2 ** 18,
    maxToolResultBytes: 2 ** 20,
    autoInstall: false,
    keepFullOutput: false,
    redaction: 'known',
    knownSecrets: [],
    maxFullOutputBytes: 2 ** 30,
  })
})

test('parseSandboxOptions() keeps what it is given', () => {
  const options: SandboxOptions = {
    timeoutSeconds: 0.5,
    cpuSeconds: 1,
    memoryLimitMb: 64,
    maxOutputBytes: 1,
    pool: { min: 0, max: 3, maxQueue: 0 },
    isolation: 'deno',
    allowRead: ['/data'],
    allowNet: [],
  }
  expect(parseSandboxOptions(options)).toMatchObject(options)
})

test('parseSandboxOptions() refuses any key that is no option, and names it', () => {
  const known = Object.keys(parseSandboxOptions({}))
  const key = fc.string({ minLength: 1, maxLength: 20 }).filter((name) => !known.includes(name))
  fc.assert(
    fc.property(key, fc.jsonValue({ maxDepth: 1 }), (name, value) => {
      fc.pre(!OPTIONAL.includes(name))
      const options = JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(value)}}`) as SandboxOptions
      try {
        parseSandboxOptions(options)
        expect.unreachable(`"${name}" was taken`)
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidOptionsError)
        expect((error as InvalidOptionsError).problems).toEqual([{ path: name, problem: 'no such option' }])
      }
    }),
  )
})

test.each(['timeoutSeconds', 'cpuSeconds', 'memoryLimitMb', 'maxOutputBytes'] as const)(
  'parseSandboxOptions() refuses any %s that is no number',
  (name) => {
    const value = fc.jsonValue({ maxDepth: 1 }).filter((json) => typeof json !== 'number')
    fc.assert(
      fc.property(value, (json) => {
        expect(() => parseSandboxOptions({ [name]: json } as SandboxOptions)).toThrow(InvalidOptionsError)
      }),
    )
  },
)

test('InvalidOptionsError says what was passed, shortened', () => {
  const parse = () => parseSandboxOptions({ timeoutSeconds: 'x'.repeat(10_000) } as unknown as SandboxOptions)
  expect(parse).toThrow(/^Cannot use these options: "timeoutSeconds": .*got "xxx/)
  try {
    parse()
  } catch (error) {
    expect((error as Error).message.length).toBeLessThan(300)
  }
})

test('parseExecutionOptions() takes nothing, and what it is given', () => {
  expect(parseExecutionOptions({})).toEqual({})
  const { signal } = new AbortController()
  const options = {
    timeoutSeconds: 1,
    cpuSeconds: 2,
    memoryLimitMb: 64,
    stdin: '',
    args: [''],
    globals: { é: [null] },
    signal,
  }
  expect(parseExecutionOptions(options)).toEqual(options)
  expect(parseExecutionOptions(options).signal).toBe(signal)
})

test.each(['1x', 'a b', '', 'a-b', 'a.b', "a'"])(
  'parseExecutionOptions() refuses a global named %j',
  (name) => {
    expect(() => parseExecutionOptions({ globals: { [name]: 1 } })).toThrow(InvalidOptionsError)
  },
)

test('InvalidOptionsError tells twenty problems of many, and paths of any length', () => {
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`option${index}`, 1]))
  const long = { ['x'.repeat(100_000)]: 1 }
  for (const [given, end] of [
    [many, /"option19": no such option; and 49980 more$/],
    [long, /^Cannot use these options: "x{200}\.\.\.": no such option$/],
  ] as const) {
    const thrown = (() => {
      try {
        return parseSandboxOptions(given as SandboxOptions)
      } catch (error) {
        return error as InvalidOptionsError
      }
    })()
    expect(thrown).toBeInstanceOf(InvalidOptionsError)
    expect((thrown as InvalidOptionsError).message).toMatch(end)
    expect((thrown as InvalidOptionsError).message.length).toBeLessThan(2000)
    expect((thrown as InvalidOptionsError).problems).toHaveLength(Object.keys(given).length)
  }
})
