import { execFile } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InvalidOptionsError, SessionKeyError } from '../errors/errors.ts'
import { type FileAccess, NO_FILES } from '../permissions/file-access.ts'
import { ownFolders } from '../permissions/grants.ts'
import { resolveGrantedPaths } from '../permissions/paths.ts'
import { hostKey, hostKeyPath, refuseGranted, sessionKeySchema } from './host-key.ts'

let cacheDir = ''
let path = ''

beforeEach(() => {
  cacheDir = join(mkdtempSync(join(tmpdir(), 'agentchat-key-')), 'deep', 'cache')
  path = hostKeyPath(cacheDir)
})

afterEach(() => rmSync(join(cacheDir, '../..'), { recursive: true, force: true }))

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)

async function refusal(files: FileAccess = NO_FILES): Promise<string> {
  const error: unknown = await hostKey(cacheDir, files).catch((thrown: unknown) => thrown)
  if (!(error instanceof SessionKeyError)) throw new Error(`no refusal, but ${String(error)}`)
  expect(error).toMatchObject({ code: 'session-key-unusable', path })
  return error.message
}

describe('hostKey()', () => {
  test('makes a key of 32 bytes that only its owner may read, and gives the same one again', async () => {
    const key = await hostKey(cacheDir, NO_FILES)
    expect(key).toHaveLength(32)
    expect(new Set(key).size).toBeGreaterThan(8)
    expect(await hostKey(cacheDir, NO_FILES)).toEqual(key)
    expect(Buffer.from(key).equals(readFileSync(path))).toBe(true)
    expect(readdirSync(dirname(path))).toEqual(['session.key'])
    if (process.platform === 'win32') return
    expect([modeOf(path), modeOf(dirname(path))]).toEqual(['600', '700'])
  })

  test('keeps these rights under a umask that takes nothing away', async () => {
    const before = process.umask(0)
    try {
      await hostKey(cacheDir, NO_FILES)
    } finally {
      process.umask(before)
    }
    expect([modeOf(path), modeOf(dirname(path))]).toEqual(['600', '700'])
  })

  test('gives one key to all who ask at once', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => hostKey(cacheDir, NO_FILES)))
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex')))).toEqual(
      new Set([readFileSync(path, 'hex')]),
    )
    expect(readdirSync(dirname(path))).toEqual(['session.key'])
  })

  test.each([0, 31, 33])('refuses a file of %d bytes and says what to do', async (length) => {
    await hostKey(cacheDir, NO_FILES)
    writeFileSync(path, Buffer.alloc(length))
    expect(await refusal()).toBe(
      `Cannot use the session key "${path}": it has ${length} bytes, and 32 are needed; ` +
        'restore or remove it, and the sessions that were sealed with it are lost then',
    )
    expect(readFileSync(path)).toHaveLength(length)
  })

  test('removes what a crash left beside the key once it is old, and nothing that is young', async () => {
    await hostKey(cacheDir, NO_FILES)
    const old = join(dirname(path), '.draft-old')
    const young = join(dirname(path), '.draft-young')
    for (const file of [old, young]) writeFileSync(file, 'x')
    utimesSync(old, 0, Date.now() / 1000 - 600)
    await hostKey(cacheDir, NO_FILES)
    expect(existsSync(old)).toBe(false)
    expect(existsSync(young)).toBe(true)
  })

  test('gets over a crash at any step of making the key', async () => {
    const folder = dirname(path)
    mkdirSync(cacheDir, { recursive: true })
    mkdirSync(folder, 0o700)
    // Before the key is whole, when it is, and when it is in its place and the draft is not yet removed.
    writeFileSync(join(folder, '.draft-half'), 'half', { mode: 0o600 })
    writeFileSync(join(folder, '.draft-whole'), Buffer.alloc(32, 1), { mode: 0o600 })
    const key = await hostKey(cacheDir, NO_FILES)
    expect(Buffer.from(key).equals(Buffer.alloc(32, 1))).toBe(false)
    linkSync(path, join(folder, '.draft-linked'))
    expect(await hostKey(cacheDir, NO_FILES)).toEqual(key)
    for (const name of ['.draft-half', '.draft-whole', '.draft-linked'])
      utimesSync(join(folder, name), 0, Date.now() / 1000 - 600)
    expect(await hostKey(cacheDir, NO_FILES)).toEqual(key)
    expect(readdirSync(folder)).toEqual(['session.key'])
  })

  test('says what to do where no folder can be made', async () => {
    mkdirSync(dirname(cacheDir), { recursive: true })
    writeFileSync(cacheDir, 'a file')
    expect(await refusal()).toMatch(
      /^Cannot use the session key ".*": E.*; make its folder writable for you, or give a key of your own as "sessionKey"$/,
    )
  })
})

describe.runIf(process.platform !== 'win32')('hostKey() refuses', () => {
  beforeEach(async () => {
    await hostKey(cacheDir, NO_FILES)
  })

  test.each(['640', '604', '620', '602', '601', '610', '777'])('a key of mode %s', async (text) => {
    chmodSync(path, text)
    expect(await refusal()).toContain(
      `others have access to it (mode 0${text}); if nobody has used that, chmod 600 "${path}", else`,
    )
    chmodSync(path, 0o400)
    expect(await hostKey(cacheDir, NO_FILES)).toHaveLength(32)
  })

  test.each(['755', '770', '701'])('a folder of mode %s, with a key and without', async (mode) => {
    chmodSync(dirname(path), mode)
    expect(await refusal()).toContain(`others have access to its folder (mode 0${mode})`)
    rmSync(path)
    expect(await refusal()).toContain(`chmod 700 "${dirname(path)}"`)
    expect(readdirSync(dirname(path))).toEqual([])
  })

  test('a link in the place of the key, and one in the place of its folder', async () => {
    const elsewhere = join(cacheDir, 'elsewhere')
    renameSync(path, elsewhere)
    symlinkSync(elsewhere, path)
    expect(await refusal()).toContain('it is a link, or no file')
    rmSync(path)
    renameSync(elsewhere, path)
    renameSync(dirname(path), elsewhere)
    symlinkSync(elsewhere, dirname(path))
    expect(await refusal()).toContain(`"${dirname(path)}" is a link or a file`)
  })

  test('a pipe and a folder in the place of the key, without waiting', async () => {
    rmSync(path)
    await promisify(execFile)('mkfifo', ['-m', '600', path])
    expect(await refusal()).toContain('it is a link, or no file')
    rmSync(path)
    mkdirSync(path, 0o700)
    expect(await refusal()).toContain('it is a link, or no file')
  })

  // Only root can give a file away.
  test.runIf(process.geteuid?.() === 0)('a key of another user', async () => {
    chownSync(path, 12345, 12345)
    expect(await refusal()).toContain(
      'it belongs to user 12345, not to 0; remove it, or give a key of your own',
    )
  })
})

describe('the key and grants of files', () => {
  test('lists cannot grant it: it lies in a protected folder, for reading and for writing', async () => {
    await hostKey(cacheDir, NO_FILES)
    const { read, write } = ownFolders([cacheDir], true)
    for (const protectedFolders of [read, write]) {
      for (const entry of [path, dirname(path), cacheDir, dirname(cacheDir)]) {
        expect(() => resolveGrantedPaths('allowRead', [entry], { cwd: '/', protectedFolders })).toThrow(
          InvalidOptionsError,
        )
      }
    }
  })

  test.each<[string, Partial<FileAccess>]>([
    ['allowRead', { read: true }],
    ['allowWrite', { write: true }],
  ])('"%s" for everything is refused before a key is made', async (option, grant) => {
    expect(await refusal({ ...NO_FILES, ...grant })).toContain(
      `"${option}" grants it to code in the sandbox; grant less, or give a key of your own as "sessionKey"`,
    )
    expect(existsSync(path)).toBe(false)
  })

  test('refuseGranted() looks through links and at what lies above, beside and below', async () => {
    await hostKey(cacheDir, NO_FILES)
    const link = join(cacheDir, '../link')
    symlinkSync(cacheDir, link)
    const linked = hostKeyPath(link)
    for (const target of [path, dirname(path), cacheDir, join(cacheDir, '..'), join(dirname(path), 'x')]) {
      expect(() => refuseGranted(linked, { read: [target], write: [] })).toThrow('"allowRead" grants it')
      expect(() => refuseGranted(linked, { read: [], write: [target] })).toThrow('"allowWrite" grants it')
    }
    for (const target of [join(cacheDir, 'keys2'), join(cacheDir, 'images'), tmpdir().concat('2')])
      expect(() => refuseGranted(linked, { read: [target], write: [target] })).not.toThrow()
  })
})

test.each<[unknown, boolean]>([
  [new Uint8Array(32), true],
  [Buffer.alloc(32), true],
  [new Uint8Array(31), false],
  [new Uint8Array(33), false],
  [new Uint16Array(32), false],
  ['k'.repeat(32), false],
  [Array(32).fill(0), false],
  [null, false],
])('sessionKeySchema takes 32 bytes and nothing else: %o', (key, isTaken) => {
  expect(sessionKeySchema().safeParse(key).success).toBe(isTaken)
})
