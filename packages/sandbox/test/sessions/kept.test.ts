import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import {
  FolderSessionStore,
  PyodideSandbox,
  type SandboxOptions,
  type SessionStore,
} from '../../src/sandbox/index.ts'
import { denoProcesses, isRunning } from '../fixtures/sandbox.ts'

const root = mkdtempSync(join(tmpdir(), 'agentchat-kept-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0

/** A sandbox whose sessions are kept in a folder of their own, or in the one that is given. */
function keeping(
  sessionStore: SandboxOptions['sessionStore'] = join(root, String(++folders)),
): PyodideSandbox {
  return new PyodideSandbox({ pool: { min: 0, max: 2 }, sessionStore })
}

test('sandbox.session({ id }) goes on where another sandbox left it', async () => {
  const folder = join(root, 'across')
  await using first = keeping(folder)
  await using session = first.session({ id: 'Ada-1', owner: 'ann' })
  expect(session).toMatchObject({ id: 'Ada-1', live: false })
  await session.files.write('in.txt', 'one')
  expect(await session.execute('g = iter(open("in.txt").read()); next(g)')).toMatchObject({
    result: 'o',
    sessionUnsaved: null,
  })
  await first.close()
  await using second = keeping(folder)
  expect(await second.sessions.list()).toMatchObject([{ id: 'Ada-1', metadata: { owner: 'ann' } }])
  await using again = second.session({ id: 'Ada-1', owner: 'ann', open: 'existing' })
  expect(await again.execute('next(g)')).toMatchObject({ result: 'n', sessionRestored: null })
  expect(await second.sessions.find('Ada-1')).toMatchObject({ metadata: { names: [{ name: 'g' }] } })
})

test('what an execution left is in the store before its result is given', async () => {
  const folder = join(root, 'before')
  await using sandbox = keeping(folder)
  await using session = sandbox.session({ id: 'a' })
  await session.execute('x = 1')
  const [file = ''] = readdirSync(folder).filter((name) => !name.includes('.'))
  const copy = join(root, 'copy')
  await using other = keeping(copy)
  const store = new FolderSessionStore(folder)
  for (const code of ['x += 1', 'x += 1; 1 / 0']) {
    await session.execute(code)
    const kept = (await store.load('a')) ?? expect.unreachable()
    await using woken = other.session(kept)
    const expected = (await session.execute('x')).result
    expect(await woken.execute('x')).toMatchObject({ result: expected })
  }
  if (process.platform !== 'win32') {
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
  }
})

test('an id that is absent, taken, bad or of somebody else is refused by its own error', async () => {
  const folder = join(root, 'ids')
  await using sandbox = keeping(folder)
  await using mine = sandbox.session({ id: 'mine', owner: 'ann' })
  await mine.execute('x = 1')
  const start = (options: Parameters<PyodideSandbox['session']>[0]) => sandbox.session(options).start()
  await expect(start({ id: 'none', open: 'existing' })).rejects.toMatchObject({ code: 'session-unknown' })
  await expect(start({ id: 'mine', owner: 'ann' })).rejects.toMatchObject({
    code: 'session-in-use',
    process: process.pid,
  })
  await mine.close()
  await expect(start({ id: 'mine', open: 'new' })).rejects.toMatchObject({ code: 'session-exists' })
  await expect(start({ id: 'mine', owner: 'bob' })).rejects.toMatchObject({ reason: 'wrong-owner' })
  for (const options of [{ id: '../x' }, { id: '' }, { open: 'new' as const }])
    expect(() => sandbox.session(options)).toThrow(expect.objectContaining({ code: 'invalid-options' }))
  // None of them has taken it away.
  await using again = sandbox.session({ id: 'mine', owner: 'ann', open: 'existing' })
  expect(await again.execute('x')).toMatchObject({ result: 1 })
  await using without = new PyodideSandbox()
  expect(() => without.session({ id: 'a' })).toThrow(/needs a sandbox with "sessionStore"/)
  expect(() => without.sessions).toThrow(/sessionStore/)
  expect(() => keeping({ save() {} } as never)).toThrow(/must be a folder or an object with the methods/)
})

test('a session that is open in another process is in use until that process ends, even by SIGKILL', async () => {
  const folder = join(root, 'processes')
  const library = fileURLToPath(new URL('../../build/sandbox/store/folder-session-store.js', import.meta.url))
  const program = `
    const { FolderSessionStore } = await import(${JSON.stringify(library)})
    await new FolderSessionStore(process.argv[1]).claim('a')
    console.log('claimed')
    setInterval(() => {}, 1000)`
  const running = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, folder])
  const { child } = running
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  await using sandbox = keeping(folder)
  await using session = sandbox.session({ id: 'a' })
  await expect(session.start()).rejects.toMatchObject({ code: 'session-in-use', process: child.pid })
  child.kill('SIGKILL')
  await running.catch(() => {})
  await session.start()
  // A process number that means another process now does not count.
  await using other = sandbox.session({ id: 'b' })
  writeFileSync(join(folder, 'session-b.claim'), JSON.stringify({ pid: process.ppid, started: 'elsewhere' }))
  await other.start()
})

test('sandbox.sessions lists by owner, and removes what is not open', async () => {
  await using sandbox = keeping()
  for (const [id, owner] of [
    ['a', 'ann'],
    ['b', 'bob'],
    ['c', null],
  ] as const) {
    await using session = sandbox.session({ id, owner })
    await session.execute(`x = ${JSON.stringify(id)}`)
  }
  const ids = async (filter?: { owner: string | null }) =>
    (await sandbox.sessions.list(filter)).map(({ id }) => id)
  expect(await ids()).toEqual(['a', 'b', 'c'])
  expect(await ids({ owner: 'ann' })).toEqual(['a'])
  expect(await ids({ owner: null })).toEqual(['c'])
  expect(await sandbox.sessions.find('a', { owner: 'bob' })).toBeNull()
  await expect(sandbox.sessions.remove('a', { owner: 'bob' })).rejects.toMatchObject({
    code: 'session-unknown',
  })
  const open = sandbox.session({ id: 'a', owner: 'ann' })
  await open.start()
  await expect(sandbox.sessions.remove('a')).rejects.toMatchObject({ code: 'session-in-use' })
  await open.close()
  await sandbox.sessions.remove('a', { owner: 'ann' })
  expect(await ids()).toEqual(['b', 'c'])
  await expect(sandbox.sessions.remove('a')).rejects.toMatchObject({ code: 'session-unknown' })
})

test('fork({ id }) is in the store at once, and rewind() goes back there, too', async () => {
  await using sandbox = keeping()
  await using session = sandbox.session({ id: 'a', checkpoints: true })
  await session.execute('x = 1')
  await session.execute('x = 2')
  {
    await using fork = await session.fork({ id: 'b' })
    expect(await sandbox.sessions.find('b')).toMatchObject({ metadata: { names: [{ name: 'x' }] } })
    await fork.rewind(1)
  }
  await expect(session.fork({ id: 'b' })).rejects.toMatchObject({ code: 'session-exists' })
  await expect(session.fork({ id: 'a' })).rejects.toMatchObject({ code: 'session-in-use' })
  await using woken = sandbox.session({ id: 'b' })
  expect(await woken.execute('x')).toMatchObject({ result: 1 })
  expect(await session.execute('x')).toMatchObject({ result: 2 })
  await session.rewind(3)
  expect(await sandbox.sessions.find('a')).toBeNull()
})

test('rest() gives the worker back, and what cannot be kept keeps it awake', async () => {
  await using sandbox = keeping()
  await using session = sandbox.session({ id: 'a', idleSeconds: 0.2 })
  await session.execute('x = 1')
  await session.rest()
  expect(session.live).toBe(false)
  const code = 'import asyncio\nx = 2\nh = asyncio.get_event_loop().call_later(60, print)'
  expect(await session.execute(code)).toMatchObject({
    error: null,
    sessionUnsaved: { reason: expect.stringMatching(/a timer of 60 s for print cannot be kept/) },
  })
  await expect(session.rest()).rejects.toMatchObject({ code: 'session-not-saved' })
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(session.live).toBe(true)
  // The store still has what was before.
  expect(await sandbox.sessions.find('a')).toMatchObject({ metadata: { names: [{ name: 'x' }] } })
  expect(await session.execute('h.cancel()\nx')).toMatchObject({ result: 2, sessionUnsaved: null })
  await expect.poll(() => session.live).toBe(false)
  await expect.poll(() => denoProcesses().filter(isRunning)).toEqual([])
  expect(await session.execute('x')).toMatchObject({ result: 2, sessionRestored: null })
})

test('a store that fails loses neither the result nor the session', async () => {
  const inner = new FolderSessionStore(join(root, 'failing'))
  let failing = false
  let broken = false
  const store: SessionStore = {
    claim: (id) => inner.claim(id),
    load: (id) => inner.load(id),
    inspect: (id) => inner.inspect(id),
    list: () => inner.list(),
    remove: (id) => inner.remove(id),
    async save(...args) {
      // As a full disk does it, and as a store of somebody else's does.
      if (failing) await new FolderSessionStore('/dev/null/x').save(...args)
      if (broken) throw new TypeError('no connection')
      await inner.save(...args)
    },
  }
  await using sandbox = keeping(store)
  await using session = sandbox.session({ id: 'a' })
  await session.execute('x = 1')
  failing = true
  expect(await session.execute('x = 2; x')).toMatchObject({
    result: 2,
    sessionUnsaved: { reason: expect.stringMatching(/Cannot save sessions in "\/dev\/null\/x"/) },
  })
  await expect(session.files.write('f', 'x')).rejects.toMatchObject({ code: 'session-store-failed' })
  await expect(session.rest()).rejects.toMatchObject({ code: 'session-store-failed' })
  failing = false
  broken = true
  expect(await session.execute('x')).toMatchObject({
    result: 2,
    sessionUnsaved: { reason: 'Cannot save sessions in the store: no connection' },
  })
  broken = false
  expect(await session.execute('[x, open("f").read()]')).toMatchObject({
    result: [2, 'x'],
    sessionUnsaved: null,
  })
})

test('code in the sandbox can be granted neither the store nor a folder around it', async () => {
  const folder = join(root, 'granted')
  await keeping(folder).close()
  for (const [option, path] of [
    ['allowRead', root],
    ['allowWrite', folder],
  ])
    expect(
      () => new PyodideSandbox({ sessionStore: folder, [option as 'allowRead']: [path as string] }),
    ).toThrow(expect.objectContaining({ code: 'invalid-options' }))
})
