import { expect, test } from 'vitest'
import { PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'
import { denoProcesses, isRunning } from '../fixtures/sandbox.ts'

/** Runs a test with a sandbox of its own, which keeps no worker warm, and asks whether it leaves a process. */
async function withSandbox(
  options: SandboxOptions,
  use: (sandbox: PyodideSandbox) => Promise<void>,
): Promise<void> {
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 2 }, ...options })
  try {
    await use(sandbox)
  } finally {
    await sandbox.close()
  }
  expect(denoProcesses()).toEqual([])
}

test('kill -9 of the worker between two executions loses nothing', () =>
  withSandbox({}, async (sandbox) => {
    const session = sandbox.session()
    await session.execute('x = 41')
    await session.save()
    const [pid = 0, ...more] = denoProcesses()
    expect(more).toEqual([])
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => isRunning(pid)).toBe(false)
    expect(await session.execute('x + 1')).toMatchObject({
      result: 42,
      sessionRestored: { reason: 'crashed' },
    })
    expect(await session.execute('x + 1')).toMatchObject({ result: 42, sessionRestored: null })
  }))

test('kill -9 of the worker that wakes the session up: another one does it', () =>
  withSandbox({ pool: { min: 1, max: 2 } }, async (sandbox) => {
    const first = sandbox.session()
    await first.execute('x = 41')
    const saved = await first.save()
    await first.close()
    await sandbox.start()
    const [pid = 0, ...more] = denoProcesses()
    for (const other of more) process.kill(other, 'SIGKILL')
    await expect.poll(() => more.some(isRunning)).toBe(false)
    // It takes the session and does not answer. The pool has another one then.
    process.kill(pid, 'SIGSTOP')
    const session = sandbox.session(saved)
    const executed = session.execute('x + 1')
    await expect.poll(() => denoProcesses().length).toBeGreaterThan(1)
    process.kill(pid, 'SIGKILL')
    expect(await executed).toMatchObject({ result: 42, sessionRestored: null })
    await session.close()
  }))

test('kill -9 of the worker during an execution loses that one only', () =>
  withSandbox({}, async (sandbox) => {
    const session = sandbox.session()
    await session.execute('x = 41')
    let result: unknown
    for await (const event of session.stream('x = 0\nprint("on", flush=True)\nwhile True: pass')) {
      if (event.type === 'stdout') for (const pid of denoProcesses()) process.kill(pid, 'SIGKILL')
      if (event.type === 'finished') result = event.result
    }
    expect(result).toMatchObject({
      error: { kind: 'crashed' },
      sessionRestored: { reason: 'crashed' },
    })
    expect(await session.execute('x + 1')).toMatchObject({ result: 42, sessionRestored: null })
  }))

test('at most maxLiveSessions workers are held, and nothing is lost at rest', () =>
  withSandbox({ maxLiveSessions: 2 }, async (sandbox) => {
    const sessions = Array.from({ length: 5 }, () => sandbox.session())
    await Promise.all(sessions.map((session, index) => session.execute(`x = ${index}`)))
    for (const index of [3, 0, 4, 1, 2])
      expect(await sessions[index]?.execute('x')).toMatchObject({ result: index, sessionRestored: null })
    await expect.poll(() => denoProcesses().length).toBeLessThanOrEqual(2)
  }))

test('an idle session goes to rest and wakes up again', () =>
  withSandbox({}, async (sandbox) => {
    const session = sandbox.session({ idleSeconds: 0.2 })
    await session.execute('x = 7; f = open("/tmp/f", "w+")')
    await expect.poll(() => denoProcesses().length).toBe(0)
    expect(await session.execute('[f.write("a"), x]')).toMatchObject({
      result: [1, 7],
      sessionRestored: null,
    })
  }))

test('a session that is closed, or whose sandbox is, refuses to go on', () =>
  withSandbox({}, async (sandbox) => {
    const session = sandbox.session()
    const other = sandbox.session()
    await session.execute('1')
    await other.execute('1')
    await session.close()
    await expect(session.execute('1')).rejects.toMatchObject({ code: 'session-closed' })
    await sandbox.close()
    await expect(other.execute('1')).rejects.toMatchObject({ code: 'session-closed' })
  }))
