import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostKeyPath } from '../../src/sandbox/seal/host-key.ts'
import { Seal } from '../../src/sandbox/seal/seal.ts'
import { FolderSessionStore } from '../../src/sandbox/store/folder-session-store.ts'
import { findBubblewrap } from '../../src/sandbox/wall/host-tools.ts'

const LIBRARY = new URL('../../build/sandbox', import.meta.url)
const WRITER = fileURLToPath(new URL('../fixtures/session-writer.mjs', import.meta.url))
const MAX_BYTES = 2 ** 24
const ROUNDS = 20

const root = mkdtempSync(join(tmpdir(), 'agentchat-stores-'))
const key = randomBytes(32)
const seal = new Seal({ key, maxSessionBytes: MAX_BYTES })

beforeAll(() => {
  expect(existsSync(fileURLToPath(LIBRARY)), 'the build is there: run `npm run build`').toBe(true)
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A process that saves the sessions `s0`, `s1`, `s2` in turn; `saved` holds what it has said of each. */
class Writer {
  readonly saved = new Map<string, number>()
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  constructor(folder: string, name: string) {
    const args = [WRITER, LIBRARY.href, folder, key.toString('hex'), name]
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#ended = once(this.#child, 'close')
    let rest = ''
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const [id = '', sequence] = line.split(' ')
        this.saved.set(id, Number(sequence))
      }
    })
  }

  /** Kills it in the middle of what it does, some time after it has saved something. */
  async kill(): Promise<void> {
    while (this.saved.size === 0 && this.#child.exitCode === null) await sleep(2)
    await sleep(Math.random() * 60)
    this.#child.kill('SIGKILL')
    await this.#ended
    expect(this.#child.signalCode).toBe('SIGKILL')
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const draftsIn = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('.draft-'))

/** Opens a session, and holds all of its content against its metadata. */
async function check(store: FolderSessionStore, id: string) {
  const loaded = await store.load(id)
  if (loaded === null) throw new Error(`${id} is lost`)
  const { owner } = loaded.sessionMetadata
  const { content, metadata } = seal.open(loaded, { imageId: 'base-1', owner, minSequence: 0 })
  const { sequence } = metadata
  const expected = Buffer.alloc(1 + ((sequence * 7919) % 1_500_000), `${id} ${owner} ${sequence}\n`)
  expect(Buffer.compare(content, expected)).toBe(0)
  return { writer: owner, sequence }
}

test(`FolderSessionStore loses and damages nothing at ${2 * ROUNDS} kills of two writers`, async () => {
  const folder = join(root, 'crashes')
  const store = new FolderSessionStore(folder, { maxSessionBytes: MAX_BYTES })
  const known = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const writers = new Map(['one', 'two'].map((name) => [name, new Writer(folder, `${name}-${round}`)]))
    await Promise.all([...writers.values()].map((writer) => writer.kill()))
    for (const { saved } of writers.values()) for (const id of saved.keys()) known.add(id)
    const listed = await store.list()
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining([...known]))
    expect(listed.filter(({ metadata }) => metadata === null)).toEqual([])
    for (const { id } of listed) {
      const { writer, sequence } = await check(store, id)
      const last = [...writers].find(([name]) => writer === `${name}-${round}`)?.[1].saved.get(id)
      const mustBeNew = [...writers.values()].some(({ saved }) => saved.has(id))
      // What a writer was told is saved is there, or what somebody saved after it.
      if (mustBeNew) expect(writer).toMatch(new RegExp(`-${round}$`))
      expect(sequence).toBeGreaterThanOrEqual(last ?? 0)
    }
  }
  // Otherwise nobody was killed while writing, and the test has shown nothing.
  const drafts = draftsIn(folder)
  expect(drafts.length).toBeGreaterThan(ROUNDS / 10)
  for (const name of drafts) utimesSync(join(folder, name), 0, Date.now() / 1000 - 600)
  const last = (await store.load('s0')) ?? expect.unreachable()
  const later = new FolderSessionStore(folder, { maxSessionBytes: MAX_BYTES })
  await later.save('s0', last.sessionBytes, last.sessionMetadata)
  expect(draftsIn(folder)).toEqual([])
})

test('FolderSessionStore gives whole sessions while two processes save them', async () => {
  const folder = join(root, 'busy')
  const store = new FolderSessionStore(folder, { maxSessionBytes: MAX_BYTES })
  const writers = [new Writer(folder, 'one'), new Writer(folder, 'two')]
  while (writers.some(({ saved }) => saved.size < 3)) await sleep(5)
  const seen = new Set<string>()
  for (let round = 0; round < 100; round++) {
    for (const { id, metadata } of await store.list()) {
      expect(metadata).not.toBeNull()
      const { writer, sequence } = await check(store, id)
      seen.add(`${writer} ${sequence}`)
    }
  }
  await Promise.all(writers.map((writer) => writer.kill()))
  expect(new Set([...seen].map((name) => name.split(' ')[0]))).toEqual(new Set(['one', 'two']))
  expect(seen.size).toBeGreaterThan(20)
})

test('hostKey() gives one key to processes that ask at the same time', async () => {
  const program = `
    const { hostKey } = await import(${JSON.stringify(`${LIBRARY.href}/seal/host-key.js`)})
    const files = { read: [], write: [], binds: [], plan: null }
    const keys = await Promise.all(Array.from({ length: 5 }, () => hostKey(process.argv[1], files)))
    console.log(keys.map((key) => Buffer.from(key).toString('hex')).join('\\n'))`
  for (let round = 0; round < 5; round++) {
    const cacheDir = join(root, `cache-${round}`)
    const ask = async () => (await node(program, cacheDir)).trim().split('\n')
    const keys = (await Promise.all([ask(), ask(), ask(), ask()])).flat()
    expect(keys).toHaveLength(20)
    expect([...new Set(keys)]).toEqual([readFileSync(hostKeyPath(cacheDir), 'hex')])
    expect(readdirSync(join(cacheDir, 'keys'))).toEqual(['session.key'])
  }
})

// A full disk of our own: a memory file system of 3 MB that only the child sees.
test.runIf(findBubblewrap() !== null)('FolderSessionStore keeps the older save on a full disk', async () => {
  const disk = mkdtempSync(join(root, 'disk-'))
  const program = `
    const { Seal } = await import(${JSON.stringify(`${LIBRARY.href}/seal/seal.js`)})
    const { FolderSessionStore } = await import(${JSON.stringify(`${LIBRARY.href}/store/folder-session-store.js`)})
    const { readdirSync } = await import('node:fs')
    const folder = process.argv[1]
    const seal = new Seal({ key: new Uint8Array(32), maxSessionBytes: 2 ** 24 })
    const store = new FolderSessionStore(folder, { maxSessionBytes: 2 ** 24 })
    const save = (id, bytes, sequence) => {
      const at = '2026-11-01T10:00:00.000Z'
      const { sessionBytes, sessionMetadata } = seal.seal([new Uint8Array(bytes)], {
        imageId: 'base-1', pythonVersion: '3.14.2', created: at, lastModified: at, owner: null, sequence,
        packages: [], sizes: { heapBytes: 0, fileBytes: 0, files: 0 }, names: [], moreNames: 0,
      })
      return store.save(id, sessionBytes, sessionMetadata)
    }
    await save('a', 1_000_000, 1)
    const { name, message, isFull } = await save('a', 3_000_000, 2).catch((error) => error)
    const kept = await store.load('a')
    const opened = seal.open(kept, { imageId: 'base-1', owner: null, minSequence: 1 })
    const names = readdirSync(folder)
    await save('b', 1_000_000, 3)
    await store.remove('a')
    await save('b', 1_500_000, 4)
    const later = (await store.load('b')).sessionMetadata.sequence
    console.log(JSON.stringify({ name, message, isFull, kept: opened.content.length, names, later }))`
  const args = ['--dev-bind', '/', '/', '--size', '3000000', '--tmpfs', disk, '--', process.execPath]
  const { stdout } = await promisify(execFile)('bwrap', [...args, ...nodeArgs(program, join(disk, 'store'))])
  expect(JSON.parse(stdout)).toEqual({
    name: 'SessionStoreError',
    message: `Cannot save sessions in "${join(disk, 'store')}": no space is left; free some or remove sessions`,
    isFull: true,
    kept: 1_000_000,
    names: ['session-a'],
    later: 4,
  })
})

const nodeArgs = (program: string, argument: string) => ['--input-type=module', '-e', program, argument]

async function node(program: string, argument: string): Promise<string> {
  return (await promisify(execFile)(process.execPath, nodeArgs(program, argument))).stdout
}
