import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InvalidOptionsError, SessionRefusedError, SessionStoreError } from '../errors/errors.ts'
import {
  MAX_NAMES,
  MAX_PACKAGES,
  type MetadataDraft,
  type SessionMetadata,
} from '../result/session-metadata.ts'
import { Seal, type SealedSession } from '../seal/seal.ts'
import { FolderSessionStore } from './folder-session-store.ts'
import { fileNameOf, idOfFile } from './session-id.ts'

const MAX = 4 * 2 ** 20
const seal = new Seal({ key: randomBytes(32), maxSessionBytes: MAX })
const expected = { imageId: 'base-1', owner: null, minSequence: 0 }
const DRAFT: MetadataDraft = {
  imageId: 'base-1',
  pythonVersion: '3.14.2',
  created: '2026-11-01T10:00:00.000Z',
  lastModified: '2026-11-02T10:00:00.000Z',
  owner: null,
  sequence: 1,
  packages: [],
  sizes: { heapBytes: 1000, fileBytes: 10, files: 1 },
  names: [{ name: 'größe', type: 'int', size: 28 }],
  moreNames: 0,
}

let root = ''
let folder = ''
let store: FolderSessionStore

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agentchat-store-'))
  folder = join(root, 'deep', 'store')
  store = new FolderSessionStore(folder, { maxSessionBytes: MAX })
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

const session = (text: string, changes: Partial<MetadataDraft> = {}): SealedSession =>
  seal.seal([new TextEncoder().encode(text)], { ...DRAFT, ...changes })

const saveTo = (target: FolderSessionStore, id: string, one: SealedSession) =>
  target.save(id, one.sessionBytes, one.sessionMetadata)

const save = (id: string, text: string, changes: Partial<MetadataDraft> = {}) =>
  saveTo(store, id, session(text, changes))

async function contentOf(id: string, from = store): Promise<string | null> {
  const loaded = await from.load(id)
  return loaded === null ? null : new TextDecoder().decode(seal.open(loaded, expected).content)
}

/** The reason for which a session is refused, by the store or by the seal. */
async function refusal(id: string): Promise<string> {
  try {
    return `opened ${await contentOf(id)}`
  } catch (error) {
    if (error instanceof SessionRefusedError) return error.reason
    throw error
  }
}

const fileOf = (id: string) => join(folder, fileNameOf(id))
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('FolderSessionStore', () => {
  test('gives back what was saved, also to another store on the same folder, and forgets what was removed', async () => {
    const one = session('one')
    await saveTo(store, 'a', one)
    await save('b', 'two', { sequence: 2 })
    const other = new FolderSessionStore(folder, { maxSessionBytes: MAX })
    expect(await other.load('a')).toEqual(one)
    expect(await contentOf('b', other)).toBe('two')
    expect((await other.list()).map(({ id, metadata }) => [id, metadata?.sequence])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    await other.remove('a')
    await other.remove('a')
    expect(await store.load('a')).toBeNull()
    expect((await store.list()).map(({ id }) => id)).toEqual(['b'])
  })

  test('is empty before anything was saved, and makes no folder by looking', async () => {
    expect(await store.load('a')).toBeNull()
    expect(await store.list()).toEqual([])
    await store.remove('a')
    expect(existsSync(folder)).toBe(false)
  })

  test('keeps any bytes with the longest metadata that there is', async () => {
    const long = '𝐱'.repeat(50)
    const quotes = '"\uffff'.repeat(50)
    const full = session('full', {
      owner: 'ü'.repeat(200),
      names: Array(MAX_NAMES).fill({ name: long, type: quotes, size: Number.MAX_SAFE_INTEGER }),
      packages: Array(MAX_PACKAGES).fill({ name: quotes, version: quotes.slice(0, 60) }),
    })
    await saveTo(store, 'full', full)
    expect(await store.load('full')).toEqual(full)
    expect(statSync(fileOf('full')).size).toBeLessThan(2 ** 19)
    const large = seal.seal([randomBytes(3 * 2 ** 20)], DRAFT)
    await saveTo(store, 'large', large)
    const loaded = await store.load('large')
    expect(Buffer.compare(loaded?.sessionBytes ?? new Uint8Array(), large.sessionBytes)).toBe(0)
    expect(loaded?.sessionBytes.buffer.byteLength).toBe(large.sessionBytes.length)
  })

  test('lets only the owner look into it, under a umask that takes nothing away', async () => {
    const before = process.umask(0)
    try {
      await save('a', 'one')
    } finally {
      process.umask(before)
    }
    if (process.platform !== 'win32') expect([modeOf(folder), modeOf(fileOf('a'))]).toEqual(['700', '600'])
    expect(readdirSync(folder)).toEqual(['session-a'])
  })

  test.runIf(process.platform !== 'win32').each(['777', '770', '707', '1777'])(
    'saves nothing to a folder of mode %s, into which others can write',
    async (mode) => {
      mkdirSync(folder, { recursive: true })
      chmodSync(folder, mode)
      const error: unknown = await save('a', 'one').catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(SessionStoreError)
      expect(error).toMatchObject({
        code: 'session-store-failed',
        operation: 'save',
        folder,
        isFull: false,
        message: `Cannot save sessions in "${folder}": others can write to it (mode 0${mode.slice(-3)}); chmod 700 it, or name another folder`,
      })
      expect(readdirSync(folder)).toEqual([])
      chmodSync(folder, '755')
      await save('a', 'one')
    },
  )

  test.each([
    '',
    '.',
    '..',
    '../a',
    'a/b',
    'a\\b',
    'a\0',
    'a\n',
    'a.b',
    ' a',
    '~a',
    'ä',
    'a'.repeat(65),
    null,
    undefined,
    7,
    ['a'],
    { toString: () => 'a' },
  ])('refuses the id %j everywhere, and touches nothing', async (given) => {
    const id = given as string
    const refused = { code: 'invalid-options', problems: [{ path: 'id' }] }
    for (const work of [save(id, 'x'), store.load(id), store.remove(id)]) {
      const error: unknown = await work.catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(InvalidOptionsError)
      expect(error).toMatchObject(refused)
    }
    expect(readdirSync(root)).toEqual([])
  })

  test('saves of one session that are not waited for stay in their order, and remove() among them', async () => {
    const sizes = [2_000_000, 10, 1_000_000, 1]
    const saves = sizes.map((size, sequence) =>
      saveTo(store, 'a', seal.seal([randomBytes(size)], { ...DRAFT, sequence })),
    )
    await Promise.all(saves)
    expect((await store.load('a'))?.sessionMetadata.sequence).toBe(3)
    const removed = [save('b', 'x'.repeat(2_000_000)), store.remove('b')]
    await Promise.all(removed)
    expect(await store.load('b')).toBeNull()
    expect(readdirSync(folder)).toEqual(['session-a'])
  })

  test('a save that was refused or failed does not hold up the next one', async () => {
    mkdirSync(fileOf('a'), { recursive: true })
    const failed = save('a', 'one').catch((error: unknown) => error)
    const next = save('a', 'two').catch((error: unknown) => error)
    expect(await failed).toBeInstanceOf(SessionStoreError)
    expect(await next).toBeInstanceOf(SessionStoreError)
    expect(readdirSync(folder)).toEqual(['session-a'])
    rmSync(fileOf('a'), { recursive: true })
    await save('a', 'three')
    expect(await contentOf('a')).toBe('three')
  })

  test('removes what crashed writes left once it is old, and neither young drafts nor files of others', async () => {
    await save('a', 'one')
    for (const name of ['.draft-old', '.draft-young', 'notes.txt']) writeFileSync(join(folder, name), 'x')
    for (const name of ['.draft-old', 'notes.txt']) utimesSync(join(folder, name), 0, Date.now() / 1000 - 600)
    await saveTo(new FolderSessionStore(folder, { maxSessionBytes: MAX }), 'a', session('two'))
    expect(readdirSync(folder).sort()).toEqual(['.draft-young', 'notes.txt', 'session-a'])
    expect((await store.list()).map(({ id }) => id)).toEqual(['a'])
  })

  test('save() refuses metadata that is none or of other bytes, and bytes above the ceiling', async () => {
    await save('a', 'one')
    const { sessionBytes, sessionMetadata } = session('two')
    const other = { ...sessionMetadata, sizes: { ...sessionMetadata.sizes, sessionBytes: 1 } }
    const none = { ...sessionMetadata, extra: 1 } as SessionMetadata
    const big = new Uint8Array(MAX + 1)
    const bigMetadata = { ...sessionMetadata, sizes: { ...sessionMetadata.sizes, sessionBytes: MAX + 1 } }
    await expect(store.save('a', sessionBytes, other)).rejects.toMatchObject({ reason: 'wrong-metadata' })
    await expect(store.save('a', sessionBytes, none)).rejects.toMatchObject({ reason: 'bad-metadata' })
    await expect(store.save('a', big, bigMetadata)).rejects.toMatchObject({ reason: 'too-big' })
    expect(await contentOf('a')).toBe('one')
  })

  test('load() takes nothing above the ceiling into memory', async () => {
    await save('a', 'one')
    const { sessionMetadata } = (await store.load('a')) ?? expect.unreachable()
    const { sessionBytes } = sessionMetadata.sizes
    const exact = new FolderSessionStore(folder, { maxSessionBytes: sessionBytes })
    const small = new FolderSessionStore(folder, { maxSessionBytes: sessionBytes - 1 })
    expect(await contentOf('a', exact)).toBe('one')
    await expect(small.load('a')).rejects.toMatchObject({ reason: 'too-big' })
    expect((await small.list())[0]?.metadata).toEqual(sessionMetadata)
  })
})

describe('a damaged file', () => {
  test('is refused wherever a bit of it was flipped, in the store or by the seal', async () => {
    await save('a', 'state')
    const whole = readFileSync(fileOf('a'))
    const reasons = new Set<string>()
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at & 7))
      writeFileSync(fileOf('a'), flipped)
      reasons.add(await refusal('a'))
    }
    expect([...reasons].sort()).toEqual(['cut', 'damaged', 'other-format', 'other-key', 'wrong-metadata'])
    writeFileSync(fileOf('a'), whole)
    expect(await refusal('a')).toBe('opened state')
  })

  test('is refused wherever it was cut, and with anything after its end', async () => {
    await save('a', 'state')
    const whole = readFileSync(fileOf('a'))
    writeFileSync(fileOf('a'), Buffer.concat([whole, Buffer.alloc(1)]))
    expect(await refusal('a')).toBe('damaged')
    for (let length = whole.length - 1; length >= 0; length--) {
      truncateSync(fileOf('a'), length)
      expect(await refusal('a')).toBe('cut')
    }
    expect(await store.list()).toEqual([{ id: 'a', metadata: null }])
  })

  test('is refused when anything at all stands in it, and does not hide the others from list()', async () => {
    await save('good', 'state')
    const start = readFileSync(fileOf('good'))
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(60), async (garbage, kept) => {
        writeFileSync(fileOf('bad'), Buffer.concat([start.subarray(0, kept), garbage]))
        expect(await refusal('bad')).toMatch(/^(cut|damaged|bad-metadata)$/)
        expect((await store.list()).map(({ id, metadata }) => [id, metadata !== null])).toEqual([
          ['bad', false],
          ['good', true],
        ])
      }),
    )
  })

  test.runIf(process.platform !== 'win32')('is a link or a folder in its place, too', async () => {
    await save('a', 'state')
    symlinkSync(fileOf('a'), fileOf('b'))
    mkdirSync(fileOf('c'))
    expect([await refusal('b'), await refusal('c')]).toEqual(['damaged', 'damaged'])
    expect((await store.list()).filter(({ metadata }) => metadata === null).map(({ id }) => id)).toEqual([
      'b',
      'c',
    ])
    await save('b', 'new')
    expect([await contentOf('a'), await contentOf('b')]).toEqual(['state', 'new'])
  })
})

test('fileNameOf() has one name for each id, also where capital letters are not told apart, and idOfFile() its id', () => {
  const id = fc.stringMatching(/^[\w-]{1,64}$/)
  fc.assert(
    fc.property(id, id, (one, other) => {
      expect(idOfFile(fileNameOf(one))).toBe(one)
      expect(fileNameOf(one).toLowerCase() === fileNameOf(other).toLowerCase()).toBe(one === other)
    }),
  )
  expect(fileNameOf('aB-_9')).toBe('session-a~b-_9')
  const foreign = [
    'session-',
    'session-A',
    'session-a.tmp',
    '.draft-a',
    'session-~',
    'session-a~',
    'a',
    'session-~9',
  ]
  expect(foreign.map(idOfFile)).toEqual(foreign.map(() => null))
})
