import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Tool, type ToolApproval, type ToolCall, ToolFile } from '../../src/sandbox/index.ts'
import { program } from '../fixtures/program.ts'
import { executeAndRecover, sandboxTestWith } from '../fixtures/sandbox.ts'
import { answering, outcomes } from '../fixtures/tools.ts'

const sandboxTest = sandboxTestWith({ maxFileBytes: 2 ** 22, pool: { min: 1, max: 2 } })

const never = () => new Promise<never>(() => {})

sandboxTest('each tool has limits of its own: calls, bytes, time', async ({ sandbox }) => {
  const tools: Tool[] = [
    { name: 'twice', maxCalls: 2, execute: () => 'done' },
    { name: 'never_called', maxCalls: 0, execute: () => 'done' },
    { name: 'late', timeoutSeconds: 0.2, execute: never },
    {
      name: 'wordy',
      parameters: {},
      maxArgumentBytes: 20,
      maxResultBytes: 10,
      execute: ({ n }) => 'x'.repeat(Number(n)),
    },
  ]
  const code = outcomes(
    'twice()',
    'twice()',
    'twice()',
    'never_called()',
    'late()',
    'wordy(n=8)',
    'wordy(n=9)',
    'wordy(t="x" * 20)',
  )
  const { result, permissions } = await executeAndRecover(sandbox, code, { tools })
  expect(result).toEqual([
    ...['done', 'done', '"twice" was called more than 2 times (maxCalls)'],
    '"never_called" was called more than 0 times (maxCalls)',
    '"late" took longer than 0.2 s',
    'xxxxxxxx',
    'The result of "wordy" takes 11 bytes, at most 10 are allowed (maxToolResultBytes)',
    expect.stringContaining('at most 20 are allowed'),
  ])
  expect(permissions.denied.map(({ value }) => value)).toEqual(['twice', 'never_called'])
})

sandboxTest('past maxConcurrent calls wait for those before them', async ({ sandbox }) => {
  const work = { now: 0, most: 0 }
  const tool: Tool = {
    name: 'one',
    parameters: { properties: { n: { type: 'integer' } } },
    maxConcurrent: 3,
    async execute({ n = null }) {
      work.now += 1
      work.most = Math.max(work.most, work.now)
      await sleep(20)
      work.now -= 1
      return n
    },
  }
  const code = 'import asyncio\nawait asyncio.gather(*[one(n) for n in range(12)])'
  const { result } = await sandbox.execute(code, { tools: [tool] })
  expect(result).toEqual(Array.from({ length: 12 }, (_, n) => n))
  expect(work.most).toBe(3)
})

sandboxTest(
  'the clock of the run stands still for a tool that does not count, and for an approval',
  async ({ sandbox }) => {
    const wait = async () => await sleep(900)
    const tools: Tool[] = [
      { name: 'free', countsTime: false, execute: wait },
      { name: 'asked', approve: () => wait().then(() => 'allow' as const), execute: () => 'made' },
      { name: 'dear', execute: wait },
    ]
    const code = 'kept = [1]\nfree()\nkept.append(asked())\nkept'
    const fine = await sandbox.execute(code, { tools, timeoutSeconds: 0.8 })
    expect(fine).toMatchObject({ error: null, result: [1, 'made'] })
    expect(fine.executionTime).toBeLessThan(0.8)
    const late = await executeAndRecover(sandbox, 'dear()', { tools, timeoutSeconds: 0.5 })
    expect(late.error?.kind).toBe('timeout')
  },
)

sandboxTest('who computes while an approval is pending is charged for it', async ({ sandbox }) => {
  const ask: Tool = { name: 'ask', approve: never, execute: () => 1 }
  const code = `
import asyncio
task = asyncio.create_task(ask())
await asyncio.sleep(0.1)
while True:
    pass`
  const { error, usage } = await executeAndRecover(sandbox, code, { tools: [ask], timeoutSeconds: 1 })
  expect(error?.kind).toBe('timeout')
  expect(usage.cpuMs).toBeLessThan(6000)
})

sandboxTest('only an approval in time allows a call; all else refuses it', async ({ sandbox }) => {
  const made: string[] = []
  const seen: ToolCall[] = []
  const asked = (name: string, approve: () => unknown): Tool => ({
    name,
    parameters: { properties: { to: { type: 'string' } } },
    approveSeconds: 0.3,
    approve(call) {
      seen.push(call)
      return approve() as ToolApproval
    },
    execute: () => made.push(name),
  })
  const twice = answering({ deny: 'first' }, 'allow')
  const tools = [
    asked('allowed', () => 'allow'),
    asked('denied', () => ({ deny: 'the user said no' })),
    asked('silent', never),
    asked('odd', () => true),
    asked('empty', () => undefined),
    asked('broken', () => Promise.reject(new Error('secret'))),
    asked('torn', () => twice),
  ]
  const code = outcomes(
    'allowed("x")',
    'denied()',
    'silent()',
    'odd()',
    'empty()',
    'broken()',
    'torn()',
    'denied(to=5)',
  )
  const { result, permissions } = await sandbox.execute(code, { tools })
  expect(result).toEqual([
    1,
    '"denied" was not allowed: the user said no',
    '"silent" was not allowed within 0.3 s',
    '"odd" was not allowed: no answer that is one',
    '"empty" was not allowed: no answer that is one',
    '"broken" failed on the host',
    '"torn" was not allowed: first',
    expect.stringContaining('"to" must be string'),
  ])
  expect(made).toEqual(['allowed'])
  expect(seen[0]).toEqual({ id: 'call-1', name: 'allowed', arguments: { to: 'x' } })
  // What does not fit is nobody's to approve.
  expect(seen.filter(({ name }) => name === 'denied')).toHaveLength(1)
  expect(permissions.denied.map(({ value }) => value)).toEqual([
    'denied',
    'silent',
    'odd',
    'empty',
    'broken',
    'torn',
  ])
})

sandboxTest(
  'an approval after the cancel is ignored, and the calls of the run are aborted',
  async ({ sandbox }) => {
    const made: string[] = []
    const aborted: string[] = []
    let allow: (answer: ToolApproval) => void = () => {}
    const begun: string[] = []
    const waiting: Tool = {
      name: 'waiting',
      approve: (_call, { signal }) => {
        begun.push('waiting')
        signal.addEventListener('abort', () => aborted.push('waiting'))
        return new Promise<ToolApproval>((resolve) => {
          allow = resolve
        })
      },
      execute: () => made.push('waiting'),
    }
    const busy: Tool = {
      name: 'busy',
      execute: async (_args, { signal }) => {
        begun.push('busy')
        await sleep(60_000, null, { signal }).catch(() => aborted.push('busy'))
      },
    }
    const controller = new AbortController()
    const code = 'import asyncio\nawait asyncio.gather(waiting(), busy())'
    const running = sandbox.execute(code, { tools: [waiting, busy], signal: controller.signal })
    await expect.poll(() => begun.length, { timeout: 60_000 }).toBe(2)
    controller.abort()
    expect((await running).error?.kind).toBe('cancelled')
    expect(aborted.sort()).toEqual(['busy', 'waiting'])
    allow('allow')
    await sleep(20)
    expect(made).toEqual([])
  },
)

sandboxTest('bytes and files land in the working folder, whatever their size', async ({ sandbox }) => {
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-tools-'))
  const path = join(folder, 'on-host.bin')
  writeFileSync(path, Buffer.alloc(700_000, 'abc'))
  const tools: Tool[] = [
    { name: 'blob', execute: () => new Uint8Array(600_000).fill(7) },
    { name: 'doc', execute: () => new ToolFile('out/größe.txt', 'hällo') },
    { name: 'of_host', execute: () => new ToolFile('b.bin', { path }) },
    { name: 'missing', execute: () => new ToolFile('c.bin', { path: `${path}.none` }) },
    { name: 'folder', execute: () => new ToolFile('c.bin', { path: folder }) },
    { name: 'outside', execute: () => new ToolFile('../../etc/passwd', 'x') },
    { name: 'vast', execute: () => new ToolFile('vast.bin', new Uint8Array(2 ** 23)) },
  ]
  const code = program('tools/bytes-and-files')
  try {
    const { result, error, files } = await sandbox.execute(code, { tools })
    expect(error).toBeNull()
    expect(result).toEqual([
      ['/workspace/blob-call-1.bin', 600_000, expect.any(String)],
      ['/workspace/b.bin', 700_000, expect.any(String)],
      'hällo',
      ...['missing', 'folder', 'outside'].map((name) => `"${name}" failed on the host`),
      'OSError',
    ])
    expect(files.map((file) => file.path)).toContain('out/größe.txt')
    // A file of the host that becomes shorter while it is read ends the call, and not the host.
    const shrinking: Tool = {
      name: 'shrinking',
      execute() {
        setTimeout(() => truncateSync(path, 1), 0)
        return new ToolFile('s.bin', { path })
      },
    }
    const { error: short } = await executeAndRecover(sandbox, 'shrinking()', { tools: [shrinking] })
    expect(short?.name ?? 'ToolError').toMatch(/^(OSError|ToolError)$/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
