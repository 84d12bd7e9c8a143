import { deflateRawSync } from 'node:zlib'
import { expect } from 'vitest'
import { Seal } from '../../src/sandbox/seal/seal.ts'
import { sandboxTest, sandboxTestWith } from '../fixtures/sandbox.ts'

const KEY = new Uint8Array(32).fill(7)

sandboxTest('a session remembers, and runs its executions in order', async ({ sandbox }) => {
  await using session = sandbox.session()
  const results = await Promise.all(
    [
      'x = [1]',
      'x.append(2)',
      'import os; os.chdir("/tmp")',
      'def f(): return x + [3]',
      '[f(), os.getcwd()]',
    ].map((code) => session.execute(code)),
  )
  expect(results.map(({ error }) => error)).toEqual([null, null, null, null, null])
  expect(results.at(-1)?.result).toEqual([[1, 2, 3], '/tmp'])
  // Another session, and no session, know nothing of it.
  await using other = sandbox.session()
  expect(await other.execute('x')).toMatchObject({ error: { name: 'NameError' } })
  expect(await sandbox.execute('x')).toMatchObject({ error: { name: 'NameError' } })
})

sandboxTest.for<[string, string, object, string]>([
  ['an exception', 'x = 2; 1 / 0', {}, 'exception'],
  ['a syntax error', '1 +', {}, 'syntax'],
  ['a soft time-out', 'x = 2\nwhile True: pass', { timeoutSeconds: 0.3 }, 'timeout'],
  ['a MemoryError', 'x = 2\nb = bytearray(400 * 2**20)', { memoryLimitMb: 100 }, 'memory'],
])('the state of a session survives %s in the same worker', async ([, code, options, kind], { sandbox }) => {
  await using session = sandbox.session()
  await session.execute('import itertools; x = 1; c = itertools.count(5); n = next(c)')
  expect(await session.execute(code, options)).toMatchObject({ error: { kind }, sessionRestored: null })
  expect(await session.execute('[x > 0, next(c)]')).toMatchObject({
    result: [true, 6],
    sessionRestored: null,
  })
})

sandboxTest('the state of a session survives a cancelled execution', async ({ sandbox }) => {
  await using session = sandbox.session()
  await session.execute('x = 1')
  const controller = new AbortController()
  const code = 'x = 2\nprint("on", flush=True)\nwhile True: pass'
  let result: unknown
  for await (const event of session.stream(code, { signal: controller.signal })) {
    if (event.type === 'stdout') controller.abort()
    if (event.type === 'finished') result = event.result
  }
  expect(result).toMatchObject({ error: { kind: 'cancelled' }, sessionRestored: null })
  expect(await session.execute('x')).toMatchObject({ result: 2, sessionRestored: null })
})

const STUBBORN = 'x = 99\nwhile True:\n  try:\n    while True: pass\n  except BaseException: pass'

sandboxTest(
  'a session goes on from its last good state when its worker had to be killed',
  async ({ sandbox }) => {
    await using session = sandbox.session()
    await session.execute('x = 1')
    await session.execute('x += 1')
    expect(await session.execute(STUBBORN, { timeoutSeconds: 0.3 })).toMatchObject({
      error: { kind: 'timeout' },
      sessionRestored: { reason: 'timeout' },
    })
    expect(await session.execute('x')).toMatchObject({ result: 2, sessionRestored: null })
  },
)

sandboxTest(
  'leaving the loop of session.stream() ends the run, and the session goes on from before it',
  async ({ sandbox }) => {
    await using session = sandbox.session()
    await session.execute('x = 1')
    for await (const event of session.stream('x = 2\nprint("on", flush=True)\nwhile True: pass'))
      if (event.type === 'stdout') break
    expect(await session.execute('x')).toMatchObject({ result: 1, error: null })
  },
)

sandboxTest('forks are independent, and rewind() goes back', async ({ sandbox }) => {
  await using session = sandbox.session({ checkpoints: true })
  await session.execute('x = [1]')
  await using fork = await session.fork()
  expect(await fork.execute('x.append(2); x')).toMatchObject({ result: [1, 2] })
  expect(await session.execute('x.append(3); x')).toMatchObject({ result: [1, 3] })
  expect(await session.execute('x.append(4); x')).toMatchObject({ result: [1, 3, 4] })
  await session.rewind(2)
  expect(await session.execute('x')).toMatchObject({ result: [1] })
  await expect(session.rewind(50)).rejects.toThrow(/Cannot rewind by 50/)
  expect(await fork.execute('x')).toMatchObject({ result: [1, 2] })
})

sandboxTest('checkpoints are the last ones, within their bytes', async ({ sandbox }) => {
  await using session = sandbox.session({ checkpoints: { max: 2, maxBytes: 2 ** 20 } })
  for (const n of [1, 2, 3, 4]) await session.execute(`x = ${n}`)
  await session.save()
  expect(session.checkpoints).toMatchObject([{ names: [{ name: 'x' }] }, { names: [{ name: 'x' }] }])
  await expect(session.rewind(3)).rejects.toThrow('2 executions are kept')
  await session.rewind(2)
  expect(await session.execute('x')).toMatchObject({ result: 2 })
  // What is larger than all of them may be pushes them out.
  await session.execute('import os\nx = bytearray(2 ** 21)')
  for (const _ of [1, 2]) await session.execute('x[:] = os.urandom(2 ** 21)')
  await session.save()
  expect(session.checkpoints).toEqual([])
})

sandboxTest('a session of 180 executions grows by its data only', async ({ sandbox }) => {
  await using session = sandbox.session()
  const size = async () => (await session.save()).sessionBytes.length
  for (let run = 0; run < 120; run++) await session.execute(`x = [${run}]\nprint(x)`)
  const early = await size()
  expect(early).toBeLessThan(300_000)
  for (let run = 0; run < 60; run++) await session.execute(`x = [${run}]\nprint(x)`)
  expect(await size()).toBeLessThan(early + 30_000)
})

const statefulTest = sandboxTestWith({ stateful: true, pool: { min: 1, max: 2 } })

statefulTest(
  'a stateful sandbox gives the session with each result and takes it back',
  async ({ sandbox }) => {
    const first = await sandbox.execute('x = 41')
    const { sessionBytes, sessionMetadata } = first
    if (sessionBytes === null || sessionMetadata === null) throw new TypeError('no session')
    expect(sessionMetadata).toMatchObject({
      formatVersion: 1,
      sequence: 1,
      names: [{ name: 'x', type: 'int' }],
    })
    const second = await sandbox.execute('x += 1\nx', { sessionBytes, sessionMetadata })
    expect(second).toMatchObject({
      result: 42,
      sessionMetadata: { sequence: 2, created: sessionMetadata.created },
    })
    // The same bytes again: they were not used up.
    expect(await sandbox.execute('x', { sessionBytes, sessionMetadata })).toMatchObject({ result: 41 })
  },
)

sandboxTest('a sandbox that is not stateful refuses session bytes for one execution', async ({ sandbox }) => {
  const options = { sessionBytes: new Uint8Array(), sessionMetadata: {} as never }
  await expect(sandbox.execute('1', options)).rejects.toMatchObject({ code: 'invalid-options' })
})

sandboxTest('a session with a key of its own opens with that key alone', async ({ sandbox }) => {
  const sessionKey = new Uint8Array(32).fill(5)
  await using session = sandbox.session({ sessionKey })
  await session.execute('x = 1')
  const saved = await session.save()
  await using fork = await session.fork()
  for (const options of [{ ...saved }, { ...saved, sessionKey: new Uint8Array(32).fill(6) }]) {
    await using other = sandbox.session(options)
    await expect(other.execute('x')).rejects.toMatchObject({ code: 'session-refused', reason: 'other-key' })
  }
  await using woken = sandbox.session({ ...saved, sessionKey })
  expect(await woken.execute('x')).toMatchObject({ result: 1 })
  await using again = sandbox.session({ ...(await fork.save()), sessionKey })
  expect(await again.execute('x')).toMatchObject({ result: 1 })
  expect(() => sandbox.session({ sessionKey: new Uint8Array(31) })).toThrow(/32 bytes/)
})

sandboxTest('session bytes that were changed, or are of another owner, are refused', async ({ sandbox }) => {
  await using session = sandbox.session({ owner: 'ann' })
  await session.execute('x = 1')
  const saved = await session.save()
  const changed = saved.sessionBytes.slice()
  changed[200] = (changed[200] ?? 0) ^ 1
  await using damaged = sandbox.session({ ...saved, sessionBytes: changed, owner: 'ann' })
  await expect(damaged.execute('x')).rejects.toMatchObject({ code: 'session-refused', reason: 'damaged' })
  const { sessionBytes } = saved
  await using cut = sandbox.session({ ...saved, sessionBytes: sessionBytes.subarray(0, -1), owner: 'ann' })
  await expect(cut.execute('x')).rejects.toMatchObject({ reason: 'cut' })
  await using other = sandbox.session({ ...saved, owner: 'bob' })
  await expect(other.execute('x')).rejects.toMatchObject({ reason: 'wrong-owner' })
  await using replayed = sandbox.session({ ...saved, owner: 'ann', minSequence: 2 })
  await expect(replayed.execute('x')).rejects.toMatchObject({ reason: 'replayed' })
  await using good = sandbox.session({ ...saved, owner: 'ann' })
  expect(await good.execute('x')).toMatchObject({ result: 1 })
})

sandboxTestWith({ sessionKey: KEY, memoryLimitMb: 100, pool: { min: 1, max: 2 } })(
  'a bomb, and content that is no session, are refused in the worker',
  async ({ sandbox }) => {
    await using session = sandbox.session()
    await session.execute('x = 1')
    const { sessionMetadata } = await session.save()
    const { formatVersion: _format, sizes, ...facts } = sessionMetadata
    const seal = new Seal({ key: KEY, maxSessionBytes: 2 ** 28 })
    const header = Buffer.from(new Uint32Array([0x53534341, 4, 2 ** 31]).buffer)
    for (const [content, reason] of [
      [chunk(Buffer.alloc(2 ** 20)), /no session of this version/],
      [chunk(header), /its index has 2147483648 bytes/],
      [Buffer.from('no deflate'), /Cannot wake the session up/],
      [bomb(), /larger than allowed|cut/],
    ] as const) {
      const { sessionBytes: _bytes, ...rest } = sizes
      const sealed = seal.seal([content], { ...facts, sizes: rest })
      await using forged = sandbox.session(sealed)
      await expect(forged.execute('1')).rejects.toMatchObject({
        code: 'session-not-woken',
        message: expect.stringMatching(reason),
      })
    }
    expect(await sandbox.execute('40 + 2')).toMatchObject({ result: 42 })
  },
)

/** Says that a file takes 1.9 GB, and has it: 2 MB that become as much when they are decompressed. */
function bomb(): Buffer {
  const files = { nodes: [{ path: '/f', mode: 0o100644, size: 1_900_000_000 }], removed: [] }
  const exempt = { bytes: 0, files: 0 }
  const facts = { heapBytes: 2 ** 26, runsBytes: 0, dataBytes: 0, files, exempt }
  const index = Buffer.from(JSON.stringify(facts))
  const header = Buffer.from(new Uint32Array([0x53534341, 4, index.length]).buffer)
  return chunk(Buffer.concat([header, index, Buffer.alloc(1_900_000_000)]))
}

/** As a worker compresses a session. */
function chunk(plain: Buffer): Buffer {
  const bytes = deflateRawSync(plain, { level: 1 })
  return Buffer.concat([new Uint8Array(new Uint32Array([bytes.length]).buffer), bytes])
}
