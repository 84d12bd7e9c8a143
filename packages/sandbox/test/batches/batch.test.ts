import { expect } from 'vitest'
import {
  type BatchItem,
  type BatchProgram,
  InvalidOptionsError,
  PyodideSandbox,
} from '../../src/sandbox/index.ts'
import { readStats } from '../../src/sandbox/worker/process-stats.ts'
import { denoProcesses, sandboxTest } from '../fixtures/sandbox.ts'

async function itemsOf(items: AsyncIterable<BatchItem>): Promise<BatchItem[]> {
  const all: BatchItem[] = []
  for await (const item of items) all.push(item)
  return all
}

sandboxTest('results come in the order of the programs, each of its own program', async ({ sandbox }) => {
  const programs = Array.from({ length: 40 }, (_, index) => {
    const pause = index % 7 === 0 ? 0.05 : 0
    return `import time; time.sleep(${pause}); print(${index}); ${index} * 2`
  })
  const items = await itemsOf(sandbox.batch(programs, { concurrency: 2 }))
  expect(items.map(({ index, result }) => [index, result?.stdout, result?.result])).toEqual(
    programs.map((_, index) => [index, `${index}\n`, index * 2]),
  )
})

sandboxTest(
  'each has limits, input and files of its own, and a failure is its own alone',
  async ({ sandbox }) => {
    const programs: (string | BatchProgram)[] = [
      'x = 1; open("made.txt", "w").write("from the first")',
      {
        code: 'import os; print(input(), os.listdir(), "x" in dir())',
        stdin: 'given',
        files: { 'a.txt': 'A' },
      },
      { code: 'while True: pass', timeoutSeconds: 0.3 },
      { code: 'b = bytearray(500_000_000)', memoryLimitMb: 64 },
      { code: 'import sys; sys.argv[1], given', args: ['arg'], globals: { given: 7 } },
      { code: 'import os; os._exit(3)' },
      '1 / 0',
      { code: 'print(1)', timeoutSeconds: -1 },
      { code: 'print(1)', files: { '../out': 'x' } },
      7 as never,
      'import os; print(os.listdir(), "given" in dir())',
    ]
    const items = await itemsOf(sandbox.batch(programs, { concurrency: 1 }))
    const told = items.map(({ result, error }) => error?.code ?? result?.error?.kind ?? result?.stdout)
    expect(told).toEqual([
      '',
      "given ['a.txt'] False\n",
      'timeout',
      'memory',
      '',
      'crashed',
      'exception',
      'invalid-options',
      'invalid-options',
      'invalid-options',
      '[] False\n',
    ])
    expect(items[4]?.result?.result).toEqual(['arg', 7])
    const [made] = items[0]?.result?.files ?? []
    expect(await made?.text()).toBe('from the first')
  },
)

sandboxTest('no two programs draw the same luck', async ({ sandbox }) => {
  const draw =
    'import random, uuid, os, tempfile; (random.random(), str(uuid.uuid4()), os.urandom(8).hex(), tempfile.mktemp())'
  const items = await itemsOf(
    sandbox.batch(
      Array.from({ length: 20 }, () => draw),
      { concurrency: 1 },
    ),
  )
  for (const place of [0, 1, 2, 3]) {
    const drawn = items.map(({ result }) => (result?.result as unknown[] | undefined)?.[place])
    expect(new Set(drawn).size).toBe(items.length)
  }
})

sandboxTest('programs are taken as their results are read', async ({ sandbox }) => {
  let taken = 0
  let told = false
  function* endless() {
    try {
      for (;;) yield `"${'x'.repeat(900_000)}" * ${++taken > 0 ? 1 : 0}`
    } finally {
      told = true
    }
  }
  const items = sandbox.batch(endless(), { concurrency: 2 })
  await items.next()
  let before = -1
  await expect
    .poll(
      () => {
        const stands = taken === before
        before = taken
        return stands
      },
      { interval: 2000, timeout: 60_000 },
    )
    .toBe(true)
  expect(taken).toBeLessThan(100)
  await items.return()
  expect(told, 'the source is told that nothing more is wanted').toBe(true)
})

sandboxTest('aborting ends what runs, and begins nothing more', async ({ sandbox }) => {
  const controller = new AbortController()
  const items = sandbox.batch(['1', 'while True: pass', 'while True: pass', '4', '5'], {
    concurrency: 2,
    signal: controller.signal,
  })
  expect((await items.next()).value).toMatchObject({ index: 0, result: { result: 1 } })
  controller.abort()
  const rest = await itemsOf(items)
  expect(rest.map(({ result }) => result?.error?.kind)).toEqual(rest.map(() => 'cancelled'))
  expect(rest.length).toBeLessThanOrEqual(3)
})

sandboxTest('leaving the loop ends what runs', async ({ sandbox }) => {
  const busy = 'import os; os.mkdir("/tmp/busy")\nwhile True: pass'
  for await (const { index } of sandbox.batch(['1', busy, busy], { concurrency: 2 })) if (index === 0) break
  // A worker that is warm for the next caller takes no processor.
  const spent = () => denoProcesses().map((pid) => [pid, readStats(pid)?.cpuMs])
  let before = ''
  await expect
    .poll(
      () => {
        const now = JSON.stringify(spent())
        const rests = now === before
        before = now
        return rests
      },
      { interval: 1000, timeout: 60_000 },
    )
    .toBe(true)
})

sandboxTest('an error of the source of programs is that of the batch', async ({ sandbox }) => {
  function* failing() {
    yield '1'
    throw new RangeError('no more of them')
  }
  await expect(itemsOf(sandbox.batch(failing()))).rejects.toThrow('no more of them')
})

sandboxTest('what a batch cannot be given is named', async ({ sandbox }) => {
  expect(() => sandbox.batch(['1'], { concurrency: 0 })).toThrow(InvalidOptionsError)
  expect(() => sandbox.batch(7 as never)).toThrow('programs')
  const stateful = new PyodideSandbox({ stateful: true })
  expect(() => stateful.batch(['1'])).toThrow('stateful')
})
