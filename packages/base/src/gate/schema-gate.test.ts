import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { getPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { CheckChild } from './child/check-child.ts'
import { programOf } from './child/program-of.ts'
import { childArguments, permissionFlag } from './child/rights.ts'
import { GateBusyError, GateUnavailableError, SchemaGate } from './schema-gate.ts'

const gate = new SchemaGate()
afterAll(() => gate[Symbol.dispose]())

const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const slow = { type: 'string', pattern: '^(a+)+$' }
const endless = `${'a'.repeat(40)}!`
const ask = (value: unknown, schema: unknown, { owner = 'ada', key = JSON.stringify(schema) } = {}) =>
  gate.check({ owner, key, schema, value })

test('SchemaGate tells what is wrong with a value, and starts one process for it', async () => {
  expect(gate.pids).toEqual([])
  expect(await ask({ city: 'Rome' }, city)).toEqual([])
  expect(await ask({ city: 3 }, city)).toEqual([{ path: 'city', problem: 'must be string' }])
  expect(gate.pids).toHaveLength(1)
  // Behind the host, where there are fewer cores than want one.
  expect(gate.pids.map(getPriority)).toEqual([5])
  expect(await gate.problemOf('ada', city)).toBeNull()
  expect(await gate.problemOf('ada', { type: 'nothing' })).toContain('"type" must be one of')
  expect(await gate.problemOf('ada', { maxLength: 'x' })).toContain('maxLength')
})

test('SchemaGate keeps what a key stands for', async () => {
  expect(await ask(1, { type: 'number' }, { key: 'tool/1' })).toEqual([])
  expect(await ask('x', { type: 'string' }, { key: 'tool/1' })).toMatchObject([{ problem: 'must be number' }])
  expect(await ask('x', { type: 'string' }, { key: 'tool/2' })).toEqual([])
})

test('SchemaGate breaks off a check that takes ages, and keeps what it has compiled', async () => {
  const [pid] = gate.pids
  expect(await ask(endless, slow)).toEqual([
    { path: '', problem: 'cannot be checked against the schema: it takes more than 1 s' },
  ])
  expect(gate.pids).toContain(pid)
  expect(await ask('aaaa', slow)).toEqual([])
})

test('SchemaGate takes schemas that grow for many, and none that do not end', async () => {
  const doubling = (steps: number) => ({
    $ref: '#/$defs/s0',
    $defs: Object.fromEntries(
      Array.from({ length: steps }, (_, step) => {
        const next = { $ref: `#/$defs/s${step + 1}` }
        return [`s${step}`, step === steps - 1 ? {} : { allOf: [next, next] }]
      }),
    ),
  })
  expect(await ask({}, doubling(10))).toEqual([])
  for (const steps of [31, 1000])
    expect(await gate.problemOf('ada', doubling(steps))).toContain('schemas are applied to one value')
  expect(await ask(1, { anyOf: [{ $ref: '#' }, { $ref: '#' }] })).toMatchObject([
    { problem: expect.stringContaining('references do not end') },
  ])
  const tree = {
    type: 'object',
    properties: { below: { anyOf: [{ $ref: '#' }, { $ref: '#' }] } },
    required: ['x'],
  }
  const value = JSON.parse(`${'{"x":1,"below":'.repeat(60)}{}${'}'.repeat(60)}`)
  // Which of the two ends first is up to the machine.
  expect(await ask(value, tree)).toMatchObject([
    { problem: expect.stringMatching(/it takes more (than 1 s|memory than a check may)$/) },
  ])
  expect(await ask({ x: 1, below: { x: 1 } }, tree)).toEqual([])
})

test('SchemaGate does not let one owner wait for another', async () => {
  await Promise.all([ask({ city: 'a' }, city, { owner: 'bob' }), ask('a', slow, { owner: 'eve' })])
  const hostile = Promise.all(Array.from({ length: 4 }, () => ask(endless, slow, { owner: 'eve' })))
  let ended = false
  const noted = hostile.then(() => {
    ended = true
  })
  for (let index = 0; index < 10; index += 1)
    expect(await ask({ city: 'a' }, city, { owner: 'bob' })).toEqual([])
  expect(ended).toBe(false)
  await noted
})

test('SchemaGate refuses more than may wait of one owner', async () => {
  const many = await Promise.allSettled(
    Array.from({ length: 60 }, () => ask({ city: 'a' }, city, { owner: 'eve' })),
  )
  const refused = many.filter((each) => each.status === 'rejected')
  expect(refused).toHaveLength(9)
  expect(refused[0]?.reason).toBeInstanceOf(GateBusyError)
  expect(await ask({ city: 'a' }, city, { owner: 'eve' })).toEqual([])
})

test('SchemaGate survives the end of its process', async () => {
  for (const pid of gate.pids) process.kill(pid, 'SIGKILL')
  const both = await Promise.allSettled([ask({ city: 'a' }, city), ask({ city: 'a' }, city)])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  expect(await ask({ city: 'a' }, city)).toEqual([])
})

test.each([
  ['SIGABRT', 'memory'],
  ['SIGKILL', 'ended'],
] as const)('CheckChild that ends by %s fails with "%s", whatever it said', async (signal, reason) => {
  const plan = { ...programOf('schema-program'), heapMb: 128, maxMessageBytes: 2 ** 20 }
  const child = await CheckChild.start(plan)
  const asked = child.ask({ kind: 'check', key: 'slow', schema: slow, value: endless }, 60_000)
  process.kill(child.pid ?? 0, signal)
  await expect(asked).rejects.toMatchObject({ reason })
  expect(child.alive).toBe(false)
})

test('SchemaGate leaves no process, and refuses what comes after its end', async () => {
  const other = new SchemaGate()
  const question = { owner: 'ada', key: 'k', schema: city, value: { city: 'a' } }
  expect(await other.check(question)).toEqual([])
  const [pid = 0] = other.pids
  other[Symbol.dispose]()
  await expect(other.check(question)).rejects.toThrow(GateUnavailableError)
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('SchemaGate leaves no process when its host is killed in the middle of a check', async () => {
  const built = new URL('../../build/gate/schema-gate.js', import.meta.url)
  const program = `
    import { SchemaGate } from ${JSON.stringify(built.href)}
    const gate = new SchemaGate()
    const question = { owner: 'ada', key: 'k', schema: ${JSON.stringify(slow)} }
    await gate.check({ ...question, value: 'a' })
    void gate.check({ ...question, value: '${endless}' })
    console.log(gate.pids[0])`
  const host = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(host.stdout, 'data')
  host.kill('SIGKILL')
  await expect.poll(() => isAlive(Number(said))).toBe(false)
})

test('SchemaGate starts processes that may read their own program alone', async () => {
  const plan = { program: '/p/build/gate/x.js', packageFolder: '/p', heapMb: 64, maxMessageBytes: 1 }
  expect(childArguments(plan, '--permission')).toEqual([
    '--permission',
    '--no-warnings',
    '--max-old-space-size=64',
    '--max-semi-space-size=8',
    '--allow-fs-read=/p',
    '/p/build/gate/x.js',
  ])
  expect(permissionFlag()).toMatch(/^--(experimental-)?permission$/)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
