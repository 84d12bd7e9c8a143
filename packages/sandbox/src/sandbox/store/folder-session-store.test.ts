import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MAX, seal } from '../../../test/fixtures/sealed-sessions.ts'
import { DRAFT, saveTo, session, sessionFolder } from '../../../test/fixtures/session-folder.ts'
import { InvalidOptionsError, SessionStoreError } from '../errors/errors.ts'
import { MAX_NAMES, MAX_PACKAGES, type SessionMetadata } from '../result/session-metadata.ts'
import { FolderSessionStore } from './folder-session-store.ts'

const home = sessionFolder()
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('FolderSessionStore', () => {
  test('gives back what was saved, also to another store on the same folder, and forgets what was removed', async () => {
    const one = session('one')
    await saveTo(home.store, 'a', one)
    await home.save('b', 'two', { sequence: 2 })
    const other = new FolderSessionStore(home.folder, { maxSessionBytes: MAX })
    expect(await other.load('a')).toEqual(one)
    expect(await home.contentOf('b', other)).toBe('two')
    expect((await other.list()).map(({ id, metadata }) => [id, metadata?.sequence])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    await other.remove('a')
    await other.remove('a')
    expect(await home.store.load('a')).toBeNull()
    expect((await home.store.list()).map(({ id }) => id)).toEqual(['b'])
  })

  test('is empty before anything was saved, and makes no folder by looking', async () => {
    expect(await home.store.load('a')).toBeNull()
    expect(await home.store.list()).toEqual([])
    await home.store.remove('a')
    expect(existsSync(home.folder)).toBe(false)
  })

  test('keeps any bytes with the longest metadata that there is', async () => {
    const long = '𝐱'.repeat(50)
    const quotes = '"\uffff'.repeat(50)
    const full = session('full', {
      owner: 'ü'.repeat(200),
      names: Array(MAX_NAMES).fill({ name: long, type: quotes, size: Number.MAX_SAFE_INTEGER }),
      packages: Array(MAX_PACKAGES).fill({ name: quotes, version: quotes.slice(0, 60) }),
    })
    await saveTo(home.store, 'full', full)
    expect(await home.store.load('full')).toEqual(full)
    expect(statSync(home.fileOf('full')).size).toBeLessThan(2 ** 19)
    const large = seal.seal([randomBytes(3 * 2 ** 20)], DRAFT)
    await saveTo(home.store, 'large', large)
    const loaded = await home.store.load('large')
    expect(Buffer.compare(loaded?.sessionBytes ?? new Uint8Array(), large.sessionBytes)).toBe(0)
    expect(loaded?.sessionBytes.buffer.byteLength).toBe(large.sessionBytes.length)
  })

  test('lets only the owner look into it, under a umask that takes nothing away', async () => {
    const before = process.umask(0)
    try {
      await home.save('a', 'one')
    } finally {
      process.umask(before)
    }
    if (process.platform !== 'win32')
      expect([modeOf(home.folder), modeOf(home.fileOf('a'))]).toEqual(['700', '600'])
    expect(readdirSync(home.folder)).toEqual(['session-a'])
  })

  test.runIf(process.platform !== 'win32').each(['777', '770', '707', '1777'])(
    'saves nothing to a folder of mode %s, into which others can write',
    async (mode) => {
      mkdirSync(home.folder, { recursive: true })
      chmodSync(home.folder, mode)
      const error: unknown = await home.save('a', 'one').catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(SessionStoreError)
      expect(error).toMatchObject({
        code: 'session-store-failed',
        operation: 'save',
        folder: home.folder,
        isFull: false,
        message: `Cannot save sessions in "${home.folder}": others can write to it (mode 0${mode.slice(-3)}); chmod 700 it, or name another folder`,
      })
      expect(readdirSync(home.folder)).toEqual([])
      chmodSync(home.folder, '755')
      await home.save('a', 'one')
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
    for (const work of [home.save(id, 'x'), home.store.load(id), home.store.remove(id)]) {
      const error: unknown = await work.catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(InvalidOptionsError)
      expect(error).toMatchObject(refused)
    }
    expect(readdirSync(home.root)).toEqual([])
  })

  test('saves of one session that are not waited for stay in their order, and remove() among them', async () => {
    const sizes = [2_000_000, 10, 1_000_000, 1]
    const saves = sizes.map((size, sequence) =>
      saveTo(home.store, 'a', seal.seal([randomBytes(size)], { ...DRAFT, sequence })),
    )
    await Promise.all(saves)
    expect((await home.store.load('a'))?.sessionMetadata.sequence).toBe(3)
    const removed = [home.save('b', 'x'.repeat(2_000_000)), home.store.remove('b')]
    await Promise.all(removed)
    expect(await home.store.load('b')).toBeNull()
    expect(readdirSync(home.folder)).toEqual(['session-a'])
  })

  test('a save that was refused or failed does not hold up the next one', async () => {
    mkdirSync(home.fileOf('a'), { recursive: true })
    const failed = home.save('a', 'one').catch((error: unknown) => error)
    const next = home.save('a', 'two').catch((error: unknown) => error)
    expect(await failed).toBeInstanceOf(SessionStoreError)
    expect(await next).toBeInstanceOf(SessionStoreError)
    expect(readdirSync(home.folder)).toEqual(['session-a'])
    rmSync(home.fileOf('a'), { recursive: true })
    await home.save('a', 'three')
    expect(await home.contentOf('a')).toBe('three')
  })

  test('removes what crashed writes left once it is old, and neither young drafts nor files of others', async () => {
    await home.save('a', 'one')
    for (const name of ['.draft-old', '.draft-young', 'notes.txt'])
      writeFileSync(join(home.folder, name), 'x')
    for (const name of ['.draft-old', 'notes.txt'])
      utimesSync(join(home.folder, name), 0, Date.now() / 1000 - 600)
    await saveTo(new FolderSessionStore(home.folder, { maxSessionBytes: MAX }), 'a', session('two'))
    expect(readdirSync(home.folder).sort()).toEqual(['.draft-young', 'notes.txt', 'session-a'])
    expect((await home.store.list()).map(({ id }) => id)).toEqual(['a'])
  })

  test('save() refuses metadata that is none or of other bytes, and bytes above the ceiling', async () => {
    await home.save('a', 'one')
    const { sessionBytes, sessionMetadata } = session('two')
    const other = { ...sessionMetadata, sizes: { ...sessionMetadata.sizes, sessionBytes: 1 } }
    const none = { ...sessionMetadata, extra: 1 } as SessionMetadata
    const big = new Uint8Array(MAX + 1)
    const bigMetadata = { ...sessionMetadata, sizes: { ...sessionMetadata.sizes, sessionBytes: MAX + 1 } }
    await expect(home.store.save('a', sessionBytes, other)).rejects.toMatchObject({
      reason: 'wrong-metadata',
    })
    await expect(home.store.save('a', sessionBytes, none)).rejects.toMatchObject({ reason: 'bad-metadata' })
    await expect(home.store.save('a', big, bigMetadata)).rejects.toMatchObject({ reason: 'too-big' })
    expect(await home.contentOf('a')).toBe('one')
  })

  test('load() takes nothing above the ceiling into memory', async () => {
    await home.save('a', 'one')
    const { sessionMetadata } = (await home.store.load('a')) ?? expect.unreachable()
    const { sessionBytes } = sessionMetadata.sizes
    const exact = new FolderSessionStore(home.folder, { maxSessionBytes: sessionBytes })
    const small = new FolderSessionStore(home.folder, { maxSessionBytes: sessionBytes - 1 })
    expect(await home.contentOf('a', exact)).toBe('one')
    await expect(small.load('a')).rejects.toMatchObject({ reason: 'too-big' })
    expect((await small.list())[0]?.metadata).toEqual(sessionMetadata)
  })
})
