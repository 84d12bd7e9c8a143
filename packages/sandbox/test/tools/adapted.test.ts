import { expect, test } from 'vitest'
import { z } from 'zod'
import { type LangChainToolLike, langChainTool, zodTool } from '../../src/sandbox/index.ts'
import { programTestWith } from '../fixtures/program-sandbox.ts'
import { answering, outcomes } from '../fixtures/tools.ts'

const programTest = programTestWith({ pool: { min: 1, max: 2 } })

class ToolInputParsingException extends Error {}

/** Has the shape of what `tool()` of LangChain.js makes. */
function langChain(name: string, schema: unknown, run: (input: never) => unknown): LangChainToolLike {
  return {
    name,
    description: `of LangChain: ${name}`,
    schema,
    async invoke(input) {
      if (schema instanceof z.ZodType && !schema.safeParse(input).success)
        throw new ToolInputParsingException('Received tool input did not match expected schema')
      return run(input as never)
    },
  }
}

programTest('zodTool() and langChainTool() make tools of others', async ({ sandbox }) => {
  const search = zodTool({
    name: 'search',
    description: 'Looks for something.',
    maxCalls: 4,
    parameters: z.object({
      query: z.string().describe('what to look for'),
      limit: z.int().max(10).default(3),
      kind: z.enum(['web', 'news']).optional(),
      since: z.string().transform(Number).optional(),
      name: z
        .string()
        .refine((name) => name !== 'nobody', 'must be somebody')
        .optional(),
    }),
    execute: ({ query, limit, since = 0 }) => [query.toUpperCase(), limit, since + 1],
  })
  const add = langChain(
    'add-up',
    z.object({ a: z.number(), b: z.number() }),
    ({ a, b }: { a: number; b: number }) => a + b,
  )
  const upper = langChain(
    'print',
    { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    ({ text }: { text: string }) => ({ content: text.toUpperCase(), tool_call_id: '1' }),
  )
  const strict = langChain('strict', z.object({ n: z.number().refine((n) => n > 5) }), () => 1)
  const code = `
import inspect
found = [search("a"), search("b", since="41"), await search("c", 5), add_up(1, b=2.5), print_tool("x"),
         str(inspect.signature(search)), search.__doc__.splitlines()[0], add_up.__doc__.splitlines()[0]]
for call in (lambda: search(1), lambda: search("x", 99), lambda: search("x", name="nobody"), lambda: strict(1)):
    try:
        found.append(call())
    except ToolError as error:
        found.append(str(error))
found`
  const tools = [search, langChainTool(add), langChainTool(upper), langChainTool(strict)]
  const { error, result } = await sandbox.execute(code, { tools })
  expect(error).toBeNull()
  expect(result).toEqual([
    ['A', 3, 1],
    ['B', 3, 42],
    ['C', 5, 1],
    3.5,
    'X',
    expect.stringMatching(
      /^\(query: str, limit: int = 3, kind: Literal\['web', 'news'\] = Ellipsis, since: str = Ellipsis, name: str/,
    ),
    'Looks for something.',
    'of LangChain: add-up',
    '"search" cannot take these arguments: "query" must be string',
    '"search" was called more than 4 times (maxCalls)',
    '"search" was called more than 4 times (maxCalls)',
    'Received tool input did not match expected schema',
  ])
})

programTest('zodTool() tells what only zod can check', async ({ sandbox }) => {
  const even = zodTool({
    name: 'half',
    parameters: z.object({ n: z.int().refine((n) => n % 2 === 0, 'must be even') }),
    execute: ({ n }) => n / 2,
  })
  const { error } = await sandbox.execute('[half(4), half(3)]', { tools: [even] })
  expect(error?.message).toBe('"half" cannot take these arguments: "n" must be even')
})

test.each([
  ['web-search', 'web_search'],
  ['1.2.three', 'three'],
  ['print', 'print_tool'],
  ['class', 'class_tool'],
  ['你好', 'tool'],
  ['x'.repeat(80), 'x'.repeat(59)],
])('langChainTool() calls "%s" "%s"', (name, expected) => {
  expect(langChainTool(langChain(name, { type: 'object' }, () => 1)).name).toBe(expected)
})

test('langChainTool() and zodTool() refuse a schema that says nothing', () => {
  expect(() => langChainTool(langChain('x', { _def: {} }, () => 1))).toThrow(
    /neither JSON Schema nor of zod 4/,
  )
  expect(() => langChainTool(langChain('x', 5, () => 1))).toThrow(TypeError)
  const date = z.object({ at: z.date() })
  expect(() => zodTool({ name: 'x', parameters: date, execute: () => 1 })).toThrow(/no form in JSON Schema/)
})

programTest('what a tool gives or throws may be anything', async ({ sandbox }) => {
  const self: unknown[] = []
  self.push(self)
  const throwing = (what: unknown) => () => {
    throw what
  }
  const twice = answering('first', 'second')
  const given: Record<string, () => unknown> = {
    circle: () => self,
    function_: () => () => {},
    symbol: () => Symbol('x'),
    text: throwing('secret'),
    nothing: throwing(null),
    bare: throwing(Object.create(null)),
    rejected: () => Promise.reject(),
    twice: () => twice,
    trap: () => ({ toJSON: throwing(new Error('secret')) }),
    date: () => new Date(0),
    nan: () => [Number.NaN, undefined],
  }
  const tools = Object.entries(given).map(([name, execute]) => ({ name, execute }))
  const { result } = await sandbox.execute(outcomes(...Object.keys(given).map((name) => `${name}()`)), {
    tools,
  })
  expect(result).toEqual([
    '"circle" failed on the host',
    '"function_" gave something that is not JSON',
    '"symbol" gave something that is not JSON',
    ...['text', 'nothing', 'bare', 'rejected'].map((name) => `"${name}" failed on the host`),
    'first',
    '"trap" failed on the host',
    '1970-01-01T00:00:00.000Z',
    [null, null],
  ])
})
