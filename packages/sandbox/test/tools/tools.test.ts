import { expect, test } from 'vitest'
import {
  type ExecutionEvent,
  PyodideSandbox,
  SyncPyodideSandbox,
  type Tool,
} from '../../src/sandbox/index.ts'
import { program } from '../fixtures/program.ts'
import { executeAndRecover, sandboxTestWith } from '../fixtures/sandbox.ts'
import { seen, tools } from '../fixtures/tools.ts'

const sandboxTest = sandboxTestWith({
  tools,
  maxToolCalls: 20,
  maxToolArgumentBytes: 1000,
  maxToolResultBytes: 700_000,
  pool: { min: 1, max: 2 },
  logger: { warn: (fields, event) => seen.hostFailures.push({ ...fields, event }) },
})

sandboxTest(
  'a tool is a function of Python: by position, by name, with its value back',
  async ({ sandbox }) => {
    const code = `
from agentchat_tools import weather as imported
import agentchat_tools
[weather("Ulm"), imported(city="Rome", unit="F"), weather("Bonn", 3)["days"], nothing(), echo(**{"a-b": [1, {"c": None}]}),
 agentchat_tools.weather is weather, sorted(dir(agentchat_tools))[:2]]`
    const { error, result, permissions } = await sandbox.execute(code)
    expect(error).toBeNull()
    const at = '1970-01-01T00:00:00.000Z'
    expect(result).toEqual([
      { city: 'Ulm', days: 1, unit: 'C', degrees: [21.5, null], at },
      { city: 'Rome', days: 1, unit: 'F', degrees: [21.5, null], at },
      3,
      null,
      { 'a-b': [1, { c: null }] },
      true,
      ['ToolError', 'broken'],
    ])
    expect(permissions.granted.tool).toContain('weather')
    expect(permissions.used).toEqual([
      { kind: 'tool', value: 'weather', count: 3 },
      { kind: 'tool', value: 'nothing', count: 1 },
      { kind: 'tool', value: 'echo', count: 1 },
    ])
  },
)

sandboxTest('help() and the signature of a tool say what it takes', async ({ sandbox }) => {
  const { stdout, error, result } = await sandbox.execute(
    'import inspect\nhelp(weather)\n[weather.__name__, str(inspect.signature(weather)), str(inspect.signature(nothing))]',
  )
  expect(error).toBeNull()
  expect(stdout).toContain('Tells the weather of a city.')
  expect(stdout).toContain('city (string): its name')
  expect(stdout).toContain('unit (one of ["C", "F"], optional)')
  expect(result).toEqual(['weather', "(city: str, days: int = 1, unit: Literal['C', 'F'] = Ellipsis)", '()'])
})

sandboxTest('arguments are checked, in Python and by the schema on the host', async ({ sandbox }) => {
  const code = program('tools/checked-arguments')
  const before = seen.calls
  const { result } = await sandbox.execute(code)
  expect(result).toEqual([
    "TypeError: weather() is missing 1 required arguments: 'city'",
    'ToolError: "weather" cannot take these arguments: "city" must be string',
    'ToolError: "weather" cannot take these arguments: "days" must be <= 7',
    'ToolError: "weather" cannot take these arguments: must NOT have additional properties "wind"',
    'TypeError: weather() takes 3 positional arguments but 4 were given',
    "TypeError: weather() got multiple values for argument 'city'",
    'TypeError: weather() takes only what JSON can hold: complex is not',
    expect.stringMatching(/^ValueError: weather\(\) takes only what JSON can hold: Out of range float/),
    'TypeError: nothing() takes 0 positional arguments but 1 were given',
  ])
  expect(seen.calls).toBe(before)
})

sandboxTest('what a ToolError says is told to Python; of any other error nothing', async ({ sandbox }) => {
  const { error } = await sandbox.execute('weather("Atlantis")')
  expect(error).toMatchObject({
    kind: 'exception',
    name: 'ToolError',
    message: 'there is no city "Atlantis"',
    line: 1,
  })
  const other = await sandbox.execute('broken()')
  expect(other.error).toMatchObject({ name: 'ToolError', message: '"broken" failed on the host' })
  expect(JSON.stringify(other)).not.toContain('secret')
  expect(seen.hostFailures).toContainEqual({
    tool: 'broken',
    error: 'secret path /home/me/.ssh',
    event: 'tool.failed',
  })
  const odd = await sandbox.execute('no_json()')
  expect(odd.error?.message).toBe('"no_json" gave something that is not JSON')
})

sandboxTest('stream() tells of each call and of its end', async ({ sandbox }) => {
  const events: ExecutionEvent[] = []
  const code = 'print("a")\nweather("Ulm", 2)\ntry:\n  weather("Atlantis")\nexcept ToolError:\n  print("b")'
  for await (const event of sandbox.stream(code)) events.push(event)
  const shown = events.filter(
    ({ type, ...event }) =>
      type !== 'finished' && type !== 'usage' && !('text' in event && event.text === '\n'),
  )
  expect(shown).toEqual([
    { type: 'started' },
    { type: 'stdout', text: expect.stringMatching(/^a\n?$/) },
    { type: 'tool-call', id: 'call-1', name: 'weather', arguments: { city: 'Ulm', days: 2 } },
    {
      ...{ type: 'tool-result', id: 'call-1', name: 'weather', ok: true, durationMs: expect.any(Number) },
      result: { city: 'Ulm', days: 2, unit: 'C', degrees: [21.5, null], at: '1970-01-01T00:00:00.000Z' },
    },
    { type: 'tool-call', id: 'call-2', name: 'weather', arguments: { city: 'Atlantis' } },
    {
      ...{ type: 'tool-result', id: 'call-2', name: 'weather', ok: false, durationMs: expect.any(Number) },
      error: 'there is no city "Atlantis"',
    },
    { type: 'stdout', text: expect.stringMatching(/^b\n?$/) },
  ])
})

sandboxTest(
  'past maxToolCalls a call is refused, noted, and the next execution has all of them',
  async ({ sandbox }) => {
    const code = program('tools/too-many-calls')
    const result = await executeAndRecover(sandbox, code)
    expect(result).toMatchObject({ result: [20, 'Tools were called more than 20 times (maxToolCalls)'] })
    expect(result.permissions.denied).toEqual([{ kind: 'tool', value: 'nothing', count: 1 }])
    expect(await sandbox.execute('[nothing() for _ in range(20)]')).toMatchObject({ error: null })
  },
)

sandboxTest('past maxToolArgumentBytes and maxToolResultBytes a call fails', async ({ sandbox }) => {
  const code = program('tools/too-many-bytes')
  expect(await executeAndRecover(sandbox, code)).toMatchObject({
    error: null,
    result: [
      [
        'The arguments of "echo" take 2012 bytes, at most 1000 are allowed (maxToolArgumentBytes)',
        'The result of "large" takes 1400002 bytes, at most 700000 are allowed (maxToolResultBytes)',
        'The arguments of "echo" take 300012 bytes, at most 1000 are allowed (maxToolArgumentBytes)',
      ],
      340_000,
      900,
    ],
  })
})

sandboxTest('limits hold against a worker that asks past the Python half', async ({ sandbox }) => {
  const code = program('tools/asks-past-the-python-half')
  const { result, permissions } = await sandbox.execute(code)
  expect(result).toEqual([
    'The arguments of "echo" take 2012 bytes, at most 1000 are allowed (maxToolArgumentBytes)',
    'The arguments of "echo" are not a JSON object',
    'The arguments of "echo" are not a JSON object',
    'The arguments of "echo" cannot be taken: "a" is nested deeper than 100 levels',
    'There is no tool "unknown"',
  ])
  expect(permissions.denied).toEqual([
    { kind: 'tool', value: 'echo', count: 4 },
    { kind: 'tool', value: 'unknown', count: 1 },
  ])
})

sandboxTest('a time limit, a signal and leaving the loop abort a tool at work', async ({ sandbox }) => {
  Object.assign(seen, { aborted: [], begun: 0 })
  const late = await executeAndRecover(sandbox, 'forever()', { timeoutSeconds: 0.3 })
  expect(late.error?.kind).toBe('timeout')
  expect(late.usage.wallMs).toBeLessThan(10_000)
  await expect.poll(() => seen.aborted.length).toBe(1)
  const controller = new AbortController()
  for await (const event of sandbox.stream('forever()', { signal: controller.signal })) {
    if (event.type === 'tool-call') {
      await expect.poll(() => seen.begun).toBe(2)
      controller.abort()
    }
    if (event.type === 'finished') expect(event.result.error?.kind).toBe('cancelled')
  }
  await expect.poll(() => seen.aborted.length).toBe(2)
  for await (const event of sandbox.stream('forever()')) {
    if (event.type !== 'tool-call') continue
    await expect.poll(() => seen.begun).toBe(3)
    break
  }
  await expect.poll(() => seen.aborted.length).toBe(3)
  // One that does not heed the signal holds up nobody.
  expect((await executeAndRecover(sandbox, 'deaf()', { timeoutSeconds: 0.3 })).error?.kind).toBe('timeout')
})

sandboxTest(
  'a session has the tools in each execution, also in what it defined before',
  async ({ sandbox }) => {
    await using session = sandbox.session()
    await session.execute('def ask(city):\n  return weather(city)["city"]')
    expect(await session.execute('ask("Ulm")')).toMatchObject({ error: null, result: 'Ulm' })
    await session.execute('weather = 5')
    expect(await session.execute('weather')).toMatchObject({ result: 5 })
    const saved = await session.save()
    await using again = sandbox.session(saved)
    expect(await again.execute('echo(a=1)')).toMatchObject({ error: null, result: { a: 1 } })
  },
)

sandboxTest(
  'a tool may use the event loop of Python by the side, and be called from async code',
  async ({ sandbox }) => {
    const code = `
import asyncio
async def one(n):
    return weather("Ulm", n)["days"]
await asyncio.gather(one(1), one(2), one(3))`
    expect(await sandbox.execute(code)).toMatchObject({ error: null, result: [1, 2, 3] })
  },
)

test.each<[string, unknown, RegExp]>([
  ['a name that is none', [{ name: 'a b', execute() {} }], /tools\[0\]\.name.*must be a name in Python/],
  ['a keyword', [{ name: 'import', execute() {} }], /is a word of Python/],
  ['a builtin', [{ name: 'print', execute() {} }], /is the name of a builtin/],
  [
    'two of a name',
    [
      { name: 'a', execute() {} },
      { name: 'a', execute() {} },
    ],
    /"a" is there twice/,
  ],
  ['no function', [{ name: 'a' }], /tools\[0\]\.execute.*must be a function/],
  [
    'a schema that is none',
    [{ name: 'a', parameters: { type: 'thing' }, execute() {} }],
    /tools\[0\]\.parameters/,
  ],
  ['a slip', [{ name: 'a', paramters: {}, execute() {} }], /no such option/],
])('a sandbox refuses tools with %s', (_what, given, message) => {
  expect(() => new PyodideSandbox({ tools: given as Tool[] })).toThrow(message)
})

test('the sandbox that blocks refuses tools', () => {
  const options = { tools: [{ name: 'a', execute() {} }] }
  expect(() => new SyncPyodideSandbox(options as never)).toThrow(/not in the sandbox that blocks/)
})
