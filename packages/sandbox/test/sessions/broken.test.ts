import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect } from 'vitest'
import type { SandboxSession } from '../../src/sandbox/index.ts'
import { sandboxTestWith } from '../fixtures/sandbox.ts'

const folder = mkdtempSync(join(tmpdir(), 'agentchat-broken-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const storedTest = sandboxTestWith({ pool: { min: 1, max: 2 }, sessionStore: folder })

/** Programs after which Python's interpreter is of no further use. */
const BREAKERS = {
  'os._exit': 'import os; os._exit(0)',
  'os.abort': 'import os; os.abort()',
  'a signal to itself': 'import os; os.kill(os.getpid(), 15)',
  'a write where no memory is': 'import ctypes; ctypes.memset(2**32 - 16, 0, 1024)',
  'a jump to nowhere': 'import ctypes; ctypes.CFUNCTYPE(ctypes.c_int)(123456789)()',
}

storedTest.for(Object.entries(BREAKERS))(
  'a session goes on from its last good state after %s',
  async ([, breaker], { sandbox }) => {
    await using session = sandbox.session({ checkpoints: true })
    await session.execute('keep = 5')
    const broken = await session.execute(`keep = 6\n${breaker}`)
    expect(broken).toMatchObject({ error: { kind: 'crashed' }, sessionRestored: { reason: 'crashed' } })
    // Nothing of the broken interpreter is kept.
    const { sessionBytes, sessionMetadata } = await session.save()
    expect(await session.execute('keep')).toMatchObject({ result: 5, sessionRestored: null })
    await using fork = await session.fork()
    await using reopened = sandbox.session({ sessionBytes, sessionMetadata })
    for (const other of [fork, reopened]) expect((await other.execute('keep')).result).toBe(5)
  },
)

storedTest('the store never holds a broken interpreter', async ({ sandbox }) => {
  const session = sandbox.session({ id: 'broken' })
  await session.execute('keep = 5')
  const broken = await session.execute(`keep = 6\n${BREAKERS['os._exit']}`)
  expect(broken).toMatchObject({ error: { kind: 'crashed' }, sessionUnsaved: null })
  await session.save()
  await session.rest()
  await session.close()
  await using again = sandbox.session({ id: 'broken' })
  expect(await again.execute('keep')).toMatchObject({ result: 5, sessionRestored: null })
})

/** What is done to a session, and what it does to `n`; `null` when the session goes on from before. */
const STEPS = ['good', 'raise', 'timeout', 'memory', 'break', 'save', 'fork', 'rewind', 'reopen'] as const
type Step = (typeof STEPS)[number]

const RUNS: Partial<Record<Step, { code: string; counts: boolean; error: string | null }>> = {
  good: { code: 'n += 1', counts: true, error: null },
  raise: { code: 'n += 1\n1 / 0', counts: true, error: 'exception' },
  timeout: { code: 'n += 1\nwhile True: pass', counts: true, error: 'timeout' },
  memory: { code: 'n += 1\nb = bytearray(600 * 2**20)', counts: true, error: 'memory' },
  break: { code: 'n += 1\nimport os; os._exit(3)', counts: false, error: 'crashed' },
}

const HISTORIES = Number(process.env.AGENTCHAT_SESSION_HISTORIES ?? 3)

storedTest(
  `${HISTORIES} histories of a session are as a model says (AGENTCHAT_SESSION_HISTORIES)`,
  async ({ sandbox }) => {
    let sessions = 0
    const steps = fc.array(fc.constantFrom(...STEPS), { minLength: 4, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const id = () => `history-${++sessions}`
        let name = id()
        let session: SandboxSession = sandbox.session({ id: name, checkpoints: true })
        // What `n` was after each execution that was kept.
        let past = [0]
        await session.execute('n = 0')
        for (const step of history) {
          const run = RUNS[step]
          if (run !== undefined) {
            const result = await session.execute(run.code, step === 'timeout' ? { timeoutSeconds: 0.3 } : {})
            expect(result.error?.kind ?? null).toBe(run.error)
            expect(result.sessionRestored).toEqual(run.counts ? null : { reason: 'crashed' })
            if (run.counts) past.push((past.at(-1) ?? 0) + 1)
          } else if (step === 'save') await session.save()
          else if (step === 'rewind' && past.length > 1) {
            await session.rewind(1)
            past.pop()
          } else if (step === 'fork') {
            name = id()
            const fork = await session.fork({ id: name })
            await session.close()
            session = fork
          } else if (step === 'reopen') {
            await session.close()
            session = sandbox.session({ id: name, checkpoints: true })
            past = past.slice(-1)
          }
          const seen = await session.execute('n')
          expect(seen).toMatchObject({ result: past.at(-1), sessionRestored: null })
          past.push(past.at(-1) ?? 0)
        }
        await session.close()
      }),
      { numRuns: HISTORIES },
    )
  },
)
