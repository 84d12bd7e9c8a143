import { expect, test } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { denoProcesses, sandboxTest } from '../fixtures/sandbox.ts'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

sandboxTest('session.files and Python see the same files, in turn', async ({ sandbox }) => {
  await using session = sandbox.session()
  const [, made, , read] = await Promise.all([
    session.files.write('in/größe.txt', 'one\n'),
    session.execute(
      'with open("in/größe.txt", "a") as f: f.write("two\\n")\nopen("out.bin", "wb").write(bytes(300_000))',
    ),
    session.files.write('in/b', new Uint8Array([0, 255])),
    session.files.read('in/größe.txt'),
  ])
  expect(made).toMatchObject({ error: null, result: 300_000 })
  expect(text(read)).toBe('one\ntwo\n')
  const names = (await session.files.list('in')).map(({ name, type, size }) => [name, type, size])
  expect(names.sort()).toEqual([
    ['b', 'file', 2],
    ['größe.txt', 'file', 8],
  ])
  expect(await session.files.stat('/workspace/out.bin')).toMatchObject({ type: 'file', size: 300_000 })
  let bytes = 0
  for await (const piece of session.files.stream('out.bin')) bytes += piece.length
  expect(bytes).toBe(300_000)
  for await (const _piece of session.files.stream('out.bin')) break
  await session.files.remove('in')
  expect(await session.execute('import os; os.listdir()')).toMatchObject({ result: ['out.bin'] })
})

sandboxTest('files given to the first execution of a session are kept with it', async ({ sandbox }) => {
  await using session = sandbox.session()
  expect(await session.execute('open("a").read()', { files: { a: 'one' } })).toMatchObject({ result: 'one' })
  await using woken = sandbox.session(await session.save())
  expect(await woken.execute('open("a").read()')).toMatchObject({ error: null, result: 'one' })
})

sandboxTest(
  'names that are not UTF-8 are kept apart, in a saved session too, and left out of results',
  async ({ sandbox }) => {
    await using session = sandbox.session()
    const made = await session.execute(
      'import os\nfor end in (b"\\xfe", b"\\xff"): open(b"a" + end, "wb").write(end)\nos.listdir()',
    )
    expect(made).toMatchObject({ result: ['a\udcfe', 'a\udcff'], files: [], truncated: { files: 2 } })
    await using woken = sandbox.session(await session.save())
    const read = await woken.execute(
      '[open(name, "rb").read() == os.fsencode(name)[1:] for name in os.listdir()], os.listdir(b".")[1] == b"a\\xff"',
    )
    expect(read).toMatchObject({ error: null, result: [[true, true], true] })
  },
)

sandboxTest.for<
  [string, (files: import('../../src/sandbox/index.ts').SessionFiles) => Promise<unknown>, object]
>([
  ['a name that leads out', (files) => files.read('../etc/passwd'), { code: 'invalid-options' }],
  ['an absolute name', (files) => files.write('/lib/x', 'x'), { code: 'invalid-options' }],
  ['a file that is not there', (files) => files.read('nothing'), { code: 'workspace-file', errno: 'ENOENT' }],
  ['a folder in the place of a file', (files) => files.read('d'), { errno: 'EISDIR' }],
  ['a file in the place of a folder', (files) => files.write('f/x', 'x'), { code: 'workspace-file' }],
  ['a folder that would be replaced', (files) => files.write('d', 'x'), { errno: 'EISDIR' }],
  ['a list of a file', (files) => files.list('f'), { errno: 'ENOTDIR' }],
])('session.files refuses %s, and the session goes on', async ([, use, error], { sandbox }) => {
  await using session = sandbox.session()
  await session.execute('import os; os.mkdir("d"); open("f", "w").close()')
  await expect(use(session.files)).rejects.toMatchObject(error)
  expect(await session.execute('sorted(os.listdir())')).toMatchObject({ result: ['d', 'f'] })
})

test('session.files wakes a session up, is kept with it, and ends with it', async () => {
  const before = new Set(denoProcesses())
  const own = () => denoProcesses().filter((pid) => !before.has(pid))
  await using sandbox = new PyodideSandbox({ pool: { min: 0, max: 2 }, maxFileBytes: 1_000_000 })
  await using session = sandbox.session({ idleSeconds: 0.2 })
  await session.files.write('a', 'one')
  await expect.poll(() => own().length).toBe(0)
  expect(text(await session.files.read('a'))).toBe('one')
  await session.execute('1')
  await expect(session.files.write('big', new Uint8Array(1_000_001))).rejects.toMatchObject({
    errno: 'ENOSPC',
  })
  await using woken = sandbox.session(await session.save())
  expect(await woken.execute('open("a").read()')).toMatchObject({ result: 'one' })
  await woken.files.write('a', 'two')
  await woken.save()
  for (const pid of own()) process.kill(pid, 'SIGKILL')
  await expect.poll(() => own().length).toBe(0)
  expect(text(await woken.files.read('a'))).toBe('two')
  expect(await woken.execute('open("a").read()')).toMatchObject({
    result: 'two',
    sessionRestored: { reason: 'crashed' },
  })
  await woken.close()
  await expect(woken.files.list()).rejects.toMatchObject({ code: 'session-closed' })
})

test('a worker that was killed a moment ago is noticed by session.files', async () => {
  const before = new Set(denoProcesses())
  await using sandbox = new PyodideSandbox({ pool: { min: 0, max: 2 } })
  await using session = sandbox.session()
  await session.files.write('a', 'one')
  for (let round = 0; round < 5; round++) {
    await session.save()
    // Not waited for: its end has not been told when the next line asks.
    for (const pid of denoProcesses().filter((each) => !before.has(each))) process.kill(pid, 'SIGKILL')
    expect(text(await session.files.read('a'))).toBe('one')
  }
})

test('maxFileBytes and maxFiles hold for session.files before the first execution', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 0, max: 2 }, maxFileBytes: 1_000_000, maxFiles: 3 })
  await using session = sandbox.session()
  const tooMuch = { code: 'workspace-file', errno: 'ENOSPC' }
  await expect(session.files.write('big', new Uint8Array(1_000_001))).rejects.toMatchObject(tooMuch)
  for (const name of ['a', 'b']) await session.files.write(name, 'x')
  await using woken = sandbox.session(await session.save())
  await woken.files.write('c', 'x')
  await expect(woken.files.write('d', 'x')).rejects.toMatchObject(tooMuch)
  await expect(woken.files.write('c', new Uint8Array(1_000_000))).rejects.toMatchObject(tooMuch)
  expect(await woken.execute('import os; sorted(os.listdir())')).toMatchObject({ error: null })
})
