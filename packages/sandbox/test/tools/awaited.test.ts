import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Tool, ToolError } from '../../src/sandbox/index.ts'
import { program } from '../fixtures/program.ts'
import { programTestWith } from '../fixtures/program-sandbox.ts'

/** Calls that are at work now, and the most that ever were since somebody looked. */
const work = { now: 0, most: 0, aborted: 0 }
const parameters = {
  type: 'object',
  properties: { n: { type: 'integer' } },
  required: ['n'],
  additionalProperties: false,
}

const slow: Tool = {
  name: 'slow',
  parameters,
  async execute({ n }, { signal }) {
    work.now += 1
    work.most = Math.max(work.most, work.now)
    try {
      await sleep(n === 77 ? 60_000 : 150, null, { signal })
    } catch (error) {
      work.aborted += 1
      throw error
    } finally {
      work.now -= 1
    }
    if (n === 99) throw new ToolError('there is no 99')
    return n
  },
}

const programTest = programTestWith({ tools: [slow], pool: { min: 1, max: 2 } })

/** What a tool is awaited in, and what comes of it; each must run two calls at the same time, but where one is made. */
const ROADS: readonly [name: string, code: string, value: unknown][] = [
  ['gather', 'await asyncio.gather(slow(1), slow(2))', [1, 2]],
  ['a list that is spread', 'await asyncio.gather(*[slow(n) for n in (1, 2)])', [1, 2]],
  ['a generator that is spread', 'await asyncio.gather(*(slow(n) for n in (1, 2)))', [1, 2]],
  ['map', 'await asyncio.gather(*map(slow, (1, 2)))', [1, 2]],
  ['a name for gather', 'from asyncio import gather as all_of\nawait all_of(slow(1), slow(2))', [1, 2]],
  ['kept in a list', 'tasks = [slow(n) for n in (1, 2)]\nawait asyncio.gather(*tasks)', [1, 2]],
  [
    'kept by append',
    'tasks = []\nfor n in (1, 2):\n  tasks.append(slow(n))\ndone = await asyncio.gather(*tasks)\ndone',
    [1, 2],
  ],
  ['kept by names', 'a = slow(1)\nb = slow(2)\nawait asyncio.gather(a, b)', [1, 2]],
  ['kept and awaited one by one', 'ts = [slow(n) for n in (1, 2)]\n[await t for t in ts]', [1, 2]],
  [
    'a coroutine of the program',
    'async def one(n):\n  return await slow(n)\nawait asyncio.gather(one(1), one(2))',
    [1, 2],
  ],
  [
    'called without await in a coroutine',
    'async def one(n):\n  x = slow(n)\n  return x + 1\nawait asyncio.gather(one(0), one(1))',
    [1, 2],
  ],
  ['a lambda', 'ask = lambda n: slow(n)\nawait asyncio.gather(*[ask(n) for n in (1, 2)])', [1, 2]],
  ['a function', 'def ask(n):\n  return slow(n)\nawait asyncio.gather(ask(1), ask(2))', [1, 2]],
  [
    'a group of tasks',
    'async with asyncio.TaskGroup() as group:\n  ts = [group.create_task(slow(n)) for n in (1, 2)]\n[t.result() for t in ts]',
    [1, 2],
  ],
  ['threads', 'await asyncio.gather(*[asyncio.to_thread(slow, n) for n in (1, 2)])', [1, 2]],
  [
    'partial',
    'import functools\none = functools.partial(slow, 1)\nawait asyncio.gather(one(), one())',
    [1, 1],
  ],
  [
    'as_completed',
    'done = []\nfor each in asyncio.as_completed([slow(n) for n in (1, 2)]):\n  done.append(await each)\nsorted(done)',
    [1, 2],
  ],
  [
    'asyncio.run',
    'async def main():\n  return list(await asyncio.gather(slow(1), slow(2)))\nasyncio.run(main())',
    [1, 2],
  ],
  [
    'wait',
    'done, _ = await asyncio.wait([asyncio.create_task(slow(n)) for n in (1, 2)])\nsorted(t.result() for t in done)',
    [1, 2],
  ],
]

programTest.for(ROADS)('tools run side by side: %s', async ([, code, value], { sandbox }) => {
  work.most = 0
  const { error, result, stderr } = await sandbox.execute(`import asyncio\n${code}`)
  expect(error).toBeNull()
  expect(result).toEqual(value)
  expect(work.most).toBe(2)
  expect(stderr).toBe('')
})

programTest('a tool gives its value at once wherever it is not awaited', async ({ sandbox }) => {
  const code = program('tools/tools-not-awaited')
  const { error, result } = await sandbox.execute(code)
  expect(error).toBeNull()
  expect(result).toEqual([[2, [2, 3], 4], 6, 7, [8, 9], 3, 5, 5, 'int', 10, [1, 2], 3, 3])
})

programTest('a call that is awaited raises what the tool says, where it is awaited', async ({ sandbox }) => {
  const code = `
import asyncio
found = []
try:
    await slow(99)
except ToolError as error:
    found.append(str(error))
both = await asyncio.gather(slow(1), slow(99), return_exceptions=True)
found += [both[0], str(both[1])]
def careful(n):
    try:
        return slow(n)
    except ToolError:
        return "none"
found.append(await careful(99))
found`
  const { result } = await sandbox.execute(code)
  expect(result).toEqual(['there is no 99', 1, 'there is no 99', 'none'])
  const { error } = await sandbox.execute('import asyncio\n\nawait asyncio.gather(slow(99), slow(1))')
  expect(error).toMatchObject({ name: 'ToolError', line: 3 })
  expect(error?.traceback).not.toContain('awaiting')
})

programTest('what Python gives up is aborted on the host', async ({ sandbox }) => {
  work.aborted = 0
  const code = `
import asyncio
try:
    await asyncio.wait_for(slow(77), 0.05)
except TimeoutError:
    late = True
await asyncio.sleep(0.2)
late`
  expect(await sandbox.execute(code)).toMatchObject({ error: null, result: true })
  expect(work.aborted).toBe(1)
})

programTest('a program without tools awaits as Python does', async ({ sandbox }) => {
  expect((await sandbox.execute('await 5')).error?.name).toBe('TypeError')
  const deep = `await ${'('.repeat(80)}slow(1)${')'.repeat(80)}`
  expect(await sandbox.execute(deep)).toMatchObject({ error: null, result: 1 })
})

programTest('a session awaits tools in what it defined when there were none', async ({ sandbox }) => {
  await using session = sandbox.session()
  await session.execute(
    'import asyncio\nasync def both():\n  return await asyncio.gather(later(1), later(2))',
  )
  const later: Tool = { ...slow, name: 'later' }
  work.most = 0
  expect(await session.execute('await both()', { tools: [later] })).toMatchObject({
    error: null,
    result: [1, 2],
  })
  expect(work.most).toBe(2)
  expect((await session.execute('await both()')).error?.name).toBe('NameError')
})
