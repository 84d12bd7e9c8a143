import fc from 'fast-check'
import { expect } from 'vitest'
import type { BatchItem, CodeExecutionResult } from '../../src/sandbox/index.ts'
import { program } from '../fixtures/program.ts'
import { sandboxTest } from '../fixtures/sandbox.ts'

/** How many pairs: 1,000 of them take some minutes (`AGENTCHAT_TEST_PAIRS=1000`). */
const PAIRS = Number(process.env.AGENTCHAT_TEST_PAIRS ?? 60)

const SPOIL = program('batches/spoil').split('# ---\n')
const PROBES = program('batches/probe').split('# ---\n')

/** What a program can know of the interpreter that it finds. */
function seen({ stdout, stderr, result, resultText, error, files, displays }: CodeExecutionResult) {
  const changes = files.map(({ path, size, sha256, change }) => ({ path, size, sha256, change }))
  return { stdout, stderr, result, resultText, error, changes, displays }
}

sandboxTest(
  `a program sees what it sees in a fresh worker, whatever ran before it (${PAIRS} pairs)`,
  async ({ sandbox }) => {
    const fresh: unknown[] = []
    for (const probe of PROBES) fresh.push(seen(await sandbox.execute(probe)))
    const pairs = fc.sample(
      fc.record({
        spoil: fc.array(fc.constantFrom(...SPOIL), { minLength: 1, maxLength: 3 }),
        probe: fc.nat(PROBES.length - 1),
      }),
      { numRuns: PAIRS, seed: 7 },
    )
    const programs = pairs.flatMap(({ spoil, probe }) => [spoil.join('\n'), PROBES[probe] ?? ''])
    const different: unknown[] = []
    for await (const item of sandbox.batch(programs, { concurrency: 1 })) {
      const pair = pairs[Math.floor(item.index / 2)]
      if (item.index % 2 === 0 || pair === undefined) continue
      const expected = fresh[pair.probe]
      if (JSON.stringify(seen(resultOf(item))) !== JSON.stringify(expected))
        different.push({ spoil: pair.spoil, probe: PROBES[pair.probe], got: seen(resultOf(item)), expected })
    }
    expect(different).toEqual([])
  },
)

sandboxTest('a worker is replaced after what cannot be set back, and only then', async ({ sandbox }) => {
  const programs = [...SPOIL.flatMap((spoil) => ['"next"', spoil]), '"last"']
  const replaced: string[] = []
  for await (const item of sandbox.batch(programs, { concurrency: 1 })) {
    const { usage, result } = resultOf(item)
    if (typeof result === 'string' && item.index > 0 && usage.startMs > 0)
      replaced.push(programs[item.index - 1] ?? '')
  }
  expect(replaced).toEqual(SPOIL.filter((code) => code.includes('ctypes')))
})

sandboxTest('a callback that goes on is not taken its memory away', async ({ sandbox }) => {
  const waits = 'import asyncio, time; asyncio.get_event_loop().call_soon(time.sleep, SECONDS)'
  // What waits a moment is waited for; for the other one the worker is replaced.
  for (const seconds of ['0.005', '5']) {
    const programs = Array.from({ length: 6 }, (_, at) =>
      at % 2 === 0 ? waits.replace('SECONDS', seconds) : `print(${at})`,
    )
    for await (const item of sandbox.batch(programs, { concurrency: 1 })) {
      if (item.index % 2 === 0) continue
      const { stdout, error, permissions } = resultOf(item)
      expect({ stdout, error }).toEqual({ stdout: `${item.index}\n`, error: null })
      if (seconds === '5') expect(permissions.interpreter).toBe('new')
    }
  }
})

function resultOf(item: BatchItem): CodeExecutionResult {
  if (item.result === null) throw item.error
  return item.result
}
