import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type * as Library from '../../src/sandbox/index.ts'
import { FileInputError, PyodideSandbox, WorkspaceFileError } from '../../src/sandbox/index.ts'
import { program } from '../fixtures/program.ts'
import { executeAndRecover, sandboxTest, sandboxTestWith } from '../fixtures/sandbox.ts'

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
const MB = 2 ** 20

sandboxTest('files go in as text, bytes, host files and pieces, under any name', async ({ sandbox }) => {
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-files-'))
  const bytes = randomBytes(300_000)
  writeFileSync(join(folder, 'host.bin'), bytes)
  async function* pieces() {
    yield 'ab'
    yield Buffer.from('cd')
  }
  const { result, error } = await sandbox.execute(
    `
import hashlib, os
read = lambda name: open(name, 'rb').read()
found = sorted(os.path.join(at, name)[2:] for at, _, names in os.walk('.') for name in names)
[os.getcwd(), found, read('a b/ü 😀.txt').decode(), list(read('raw')), hashlib.sha256(read('sub/host.bin')).hexdigest(), read('pieces').decode(), len(read('empty')), read("quo'te\\n").decode()]
`,
    {
      files: {
        'a b/ü 😀.txt': 'héllo',
        raw: new Uint8Array([0, 255, 10, 13]),
        'sub/host.bin': { path: join(folder, 'host.bin') },
        pieces: pieces(),
        empty: '',
        "quo'te\n": 'x',
        __proto__x: 'y',
      },
    },
  )
  rmSync(folder, { recursive: true })
  expect(error).toBeNull()
  expect(result).toEqual([
    '/workspace',
    ['__proto__x', 'a b/ü 😀.txt', 'empty', 'pieces', "quo'te\n", 'raw', 'sub/host.bin'],
    'héllo',
    [0, 255, 10, 13],
    sha256(bytes),
    'abcd',
    0,
    'x',
  ])
})

sandboxTest(
  'files of a result are what was created, changed and deleted, with their contents',
  async ({ sandbox }) => {
    const result = await sandbox.execute(program('files/result-files'), {
      files: { 'grown.bin': 'some', 'same size': 'A', gone: '', old: 'r', untouched: 'u' },
    })
    const listed = [...result.files].sort((one, other) => (one.path < other.path ? -1 : 1))
    expect(listed.map(({ path, size, mime, change, sha256 }) => [path, size, mime, change, sha256])).toEqual([
      ['gone', 0, 'application/octet-stream', 'deleted', null],
      ['grown.bin', 8, 'application/octet-stream', 'changed', sha256('somemore')],
      ['new.csv', 8, 'text/csv', 'created', sha256('x,y\n1,2\n')],
      ['old', 0, 'application/octet-stream', 'deleted', null],
      ['renamed', 1, 'application/octet-stream', 'created', sha256('r')],
      ['same size', 1, 'application/octet-stream', 'changed', sha256('B')],
      ['sub/deep/p.png', 4, 'image/png', 'created', sha256(Buffer.from('\x89PNG', 'latin1'))],
    ])
    expect(await listed[1]?.text()).toBe('somemore')
    expect(Buffer.from((await listed[6]?.bytes()) ?? '').toString('latin1')).toBe('\x89PNG')
    await expect(listed[0]?.text()).rejects.toThrow('Cannot read "gone": the code deleted it')
    expect(JSON.parse(JSON.stringify(listed[2]))).toEqual({
      path: 'new.csv',
      size: 8,
      mime: 'text/csv',
      sha256: sha256('x,y\n1,2\n'),
      change: 'created',
    })
  },
)

sandboxTest(
  'a link among the files is what it leads to, as far as that is in memory',
  async ({ sandbox }) => {
    const result = await sandbox.execute(program('files/links'))
    expect(result.files.map(({ path }) => path).sort()).toEqual(['far.txt', 'latest.txt', 'runs/1/out.txt'])
    const found = async (name: string) => result.files.find(({ path }) => path === name)?.text()
    expect([await found('latest.txt'), await found('far.txt')]).toEqual(['latest', 'far'])
  },
)

sandboxTest('a name is as long as Linux lets it be', async ({ sandbox }) => {
  const { result, files } = await sandbox.execute(program('files/long-names'))
  expect(result).toEqual([null, ...Array<string>(4).fill('File name too long')])
  expect(files.map(({ path }) => path.length).sort()).toEqual([1, 255])
})

sandboxTest('stream() yields an event for each file, before the end', async ({ sandbox }) => {
  const types: string[] = []
  for await (const event of sandbox.stream('open("a", "w").write("1")\nprint("x")')) {
    // They come where it takes longer.
    if (event.type === 'usage') continue
    const text = event.type === 'file' ? `file ${event.path} ${event.size}` : event.type
    // How output is cut into events is not said.
    if (types.at(-1) !== text) types.push(text)
  }
  expect(types).toEqual(['started', 'stdout', 'file a 1', 'finished'])
})

sandboxTest('a program that raised keeps its files; the next one finds none of them', async ({ sandbox }) => {
  const result = await executeAndRecover(sandbox, 'open("a", "w").write("kept")\n1/0')
  expect(result.error).toMatchObject({ name: 'ZeroDivisionError' })
  expect(await result.files[0]?.text()).toBe('kept')
  expect(await sandbox.execute('import os\nos.listdir(".")')).toMatchObject({ result: [] })
})

test('contents of a result are gone with its sandbox, and reading them says so', async () => {
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 } })
  const { files } = await sandbox.execute('open("a", "w").write("x")')
  expect(await files[0]?.text()).toBe('x')
  await sandbox.close()
  await expect(files[0]?.text()).rejects.toThrow('Cannot read "a": the sandbox was closed')
  await expect(async () => {
    for await (const _ of files[0]?.stream() ?? []) expect.unreachable()
  }).rejects.toThrow('the sandbox was closed')
})

test('SyncPyodideSandbox takes files and gives files', async () => {
  // Its thread is a program of its own, which Node can only start when it is built.
  const built: string = '../../build/sandbox/index.js'
  const { SyncPyodideSandbox } = (await import(built)) as typeof Library
  using sandbox = new SyncPyodideSandbox({ pool: { min: 0, max: 1 } })
  const { files } = sandbox.execute('open("out", "w").write(open("in").read() * 2)', { files: { in: 'ab' } })
  expect(files).toMatchObject([{ path: 'out', size: 4, change: 'created' }])
  expect(await files[0]?.text()).toBe('abab')
})

for (const [files, problem] of [
  [{ '../x': '' }, /"files\..*" must not contain "\.\."|must not contain "\.\."/],
  [{ '/etc/passwd': '' }, /must be relative to \/workspace/],
  [{ 'a\0b': '' }, /must not contain NUL/],
  [{ '': '' }, /must not be empty/],
  [{ 'a//b': '' }, /empty part/],
  [{ './a': '' }, /empty part or "\."/],
  [{ 'a/': '' }, /empty part/],
  [{ '\ud800': '' }, /well-formed/],
  [{ [`${'x'.repeat(256)}`]: '' }, /longer than 255 bytes/],
  [{ a: 5 }, /must be a string, a Uint8Array, \{ path \} or an async iterable, got 5/],
  [{ a: null }, /must be a string/],
  [{ a: { path: '' } }, /must be a string/],
  ['a', /must be an object/],
] as const) {
  sandboxTest(`files ${JSON.stringify(files).slice(0, 40)} are refused`, async ({ sandbox }) => {
    await expect(sandbox.execute('1', { files: files as never })).rejects.toThrow(problem)
  })
}

sandboxTest(
  'a file that cannot be given to Python is an error, and the next run works',
  async ({ sandbox }) => {
    async function* broken() {
      yield 'a'
      throw new Error('disk on fire')
    }
    const give = (files: object) => sandbox.execute('1', { files: files as never })
    await expect(give({ a: { path: '/no/such/file' } })).rejects.toThrow(FileInputError)
    await expect(give({ a: { path: '/' } })).rejects.toThrow('"/" is not a file')
    await expect(give({ a: broken() })).rejects.toThrow(
      'Cannot give "a" to Python: its contents ended with an error',
    )
    await expect(give({ a: '1', 'a/b': '2' })).rejects.toThrow(WorkspaceFileError)
    await expect(give({ 'a/b': '1', a: '2' })).rejects.toThrow('"a" in the working folder: it is a folder')
    expect(await sandbox.execute('1')).toMatchObject({ status: 'success', result: 1 })
  },
)

sandboxTestWith({ maxFileBytes: MB, maxFiles: 5 })(
  'a quota on bytes and number of files is "No space left", and what is removed is free again',
  async ({ sandbox }) => {
    const { result, error, files } = await sandbox.execute(program('files/refused-files'))
    expect(error).toBeNull()
    expect(result).toEqual(['ENOSPC', null, 'ENOSPC', null, 'ENOSPC', 'ENOSPC', null])
    expect(files).toMatchObject([{ path: 'f0', size: 10 }])
  },
)

test('a file of 200 MB goes in, is hashed, is copied and comes out, and the host hardly grows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-large-'))
  const block = randomBytes(MB)
  const hash = createHash('sha256')
  async function* blocks() {
    for (let index = 0; index < 200; index++) {
      hash.update(block)
      yield block
    }
  }
  await using sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 } })
  await sandbox.execute('1')
  const before = process.memoryUsage().rss
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 10)
  const { result, files, error } = await sandbox.execute(program('files/large-file'), {
    files: { in: blocks() },
  })
  clearInterval(watch)
  rmSync(folder, { recursive: true })
  const expected = hash.digest('hex')
  expect(error).toBeNull()
  expect(result).toBe(expected)
  expect(files).toMatchObject([{ path: 'out', size: 200 * MB, sha256: expected }])
  expect(peak - before).toBeLessThan(64 * MB)
})

test('an execution that is aborted while files go in is cancelled', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 } })
  const abort = new AbortController()
  async function* endless() {
    for (let piece = 0; ; piece++) {
      if (piece === 100) abort.abort()
      yield Buffer.alloc(1000)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  const result = await sandbox.execute('1', { files: { endless: endless() }, signal: abort.signal })
  expect(result.error).toMatchObject({ kind: 'cancelled' })
  expect(await sandbox.execute('2')).toMatchObject({ result: 2 })
})

test('nothing is left on the disk of the host when a sandbox is closed', async () => {
  const traces = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`agentchat-sandbox-${process.pid}-`))
  const folders = () => traces().flatMap((name) => readdirSync(join(tmpdir(), name)))
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 } })
  const { files } = await sandbox.execute('open("a", "w").write("x")')
  expect(files).toHaveLength(1)
  const before = folders().length
  await sandbox.close()
  expect(folders().length).toBeLessThan(before)
})
