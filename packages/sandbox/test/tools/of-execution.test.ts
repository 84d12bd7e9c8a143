import { expect, test } from 'vitest'
import {
  type PythonExecutor,
  SyncPyodideSandbox,
  type Tool,
  UnsupportedError,
} from '../../src/sandbox/index.ts'
import { programTestWith } from '../fixtures/program-sandbox.ts'

/** A tool that says who it is. */
const named = (name: string, from: string, more: Partial<Tool> = {}): Tool => ({
  name,
  description: `of the ${from}`,
  execute: () => from,
  ...more,
})

const programTest = programTestWith({
  tools: [named('a', 'sandbox'), named('b', 'sandbox'), named('c', 'sandbox')],
  pool: { min: 1, max: 2 },
})

programTest(
  'of one name the tool of the execution wins, then that of the session, then that of the sandbox',
  async ({ sandbox }) => {
    const all = '[a(), b(), c(), a.__doc__]'
    const tools = [named('a', 'execution'), named('d', 'execution')]
    const once = await sandbox.execute(`${all} + [d()]`, { tools })
    expect(once.result).toEqual(['execution', 'sandbox', 'sandbox', 'of the execution', 'execution'])
    expect(once.permissions.granted.tool).toEqual(['a', 'b', 'c', 'd'])
    const executor: PythonExecutor = sandbox
    await using session = executor.session({ tools: [named('a', 'session'), named('b', 'session')] })
    expect((await session.execute(all)).result).toEqual(['session', 'session', 'sandbox', 'of the session'])
    expect((await session.execute(`alias = a\n${all} + [d()]`, { tools })).result).toEqual([
      'execution',
      'session',
      'sandbox',
      'of the execution',
      'execution',
    ])
    expect((await session.execute(all)).result).toEqual(['session', 'session', 'sandbox', 'of the session'])
    const gone = await session.execute('d()')
    expect(gone.error).toMatchObject({ name: 'NameError' })
    await using fork = await session.fork()
    expect((await fork.execute(all)).result).toEqual(['session', 'session', 'sandbox', 'of the session'])
    expect((await sandbox.execute(all)).result).toEqual(['sandbox', 'sandbox', 'sandbox', 'of the sandbox'])
  },
)

programTest('another schema under the same name is another tool', async ({ sandbox }) => {
  const taking = (type: string): Tool => ({
    name: 'take',
    // A keyword that only the check in the child process knows.
    parameters: { properties: { it: { type, not: { const: 'never' } } }, required: ['it'] },
    execute: ({ it }) => it,
  })
  await using session = sandbox.session()
  expect((await session.execute('take(it=5)', { tools: [taking('integer')] })).result).toBe(5)
  expect((await session.execute('take("x")', { tools: [taking('string')] })).result).toBe('x')
  const { error } = await session.execute('take(5)', { tools: [taking('string')] })
  expect(error?.message).toBe('"take" cannot take these arguments: "it" must be string')
})

const self: Record<string, unknown> = { type: 'object' }
self.properties = { self }
const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`p${n}`, { type: 'string' }]))

programTest.for<[string, Tool[], RegExp]>([
  ['two of a name', [named('x', '1'), named('x', '2')], /tools\[1\]\.name": "x" is there twice/],
  ['a keyword', [named('lambda', '')], /tools\[0\]\.name": is a word of Python/],
  ['a builtin', [named('print', '')], /tools\[0\]\.name": is the name of a builtin/],
  ['an exception', [named('ValueError', '')], /is the name of a builtin/],
  ['no identifier', [named('web-search', '')], /must be a name in Python/],
  ['an underscore', [named('_x', '')], /must be a name in Python/],
  [
    'a schema that holds itself',
    [named('x', '', { parameters: self })],
    /tools\[0\]\.parameters": is not JSON/,
  ],
  [
    'an enormous schema',
    [named('x', '', { parameters: { properties: wide } })],
    /the schema is longer than 262144 characters/,
  ],
  ['arguments that are no object', [named('x', '', { parameters: { type: 'array' } })], /must be "object"/],
  ['properties that are none', [named('x', '', { parameters: { properties: 5 } })], /parameters/],
  ['a time that is none', [named('x', '', { timeoutSeconds: 0 })], /tools\[0\]\.timeoutSeconds/],
])('an execution and a session refuse tools with %s', async ([, tools, message], { sandbox }) => {
  await expect(sandbox.execute('1', { tools })).rejects.toThrow(message)
  expect(() => sandbox.session({ tools })).toThrow(message)
})

programTest('a schema that refers to itself is checked, and shown in Python', async ({ sandbox }) => {
  const tree: Tool = {
    name: 'depth',
    parameters: {
      $defs: {
        tree: { type: 'object', properties: { of: { type: 'array', items: { $ref: '#/$defs/tree' } } } },
      },
      properties: { tree: { $ref: '#/$defs/tree' } },
      required: ['tree'],
    },
    execute: ({ tree: given }) => JSON.stringify(given).length,
  }
  const code = `
import inspect
try:
    depth({"of": [{"of": 5}]})
except ToolError as error:
    problem = str(error)
[depth({"of": [{"of": []}]}), problem, str(inspect.signature(depth))]`
  const { result } = await sandbox.execute(code, { tools: [tree] })
  expect(result).toEqual([18, expect.stringContaining('must be array'), '(tree: dict, **kwargs)'])
})

test('the sandbox that blocks refuses the tools of an execution', () => {
  const sandbox = new SyncPyodideSandbox()
  expect(() => sandbox.execute('1', { tools: [named('a', '')] } as never)).toThrow(UnsupportedError)
})
