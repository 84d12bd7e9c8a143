import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { databaseRefusal, embeddedRefusal, folderRefusal } from '../src/http/start-refusal.ts'
import { command, scratchFolder, start } from './fixtures/command.ts'

const { folder } = scratchFolder()
const file = join(folder, 'file')
writeFileSync(file, '')
const sealed = join(folder, 'sealed')
mkdirSync(join(sealed, 'sessions'), { recursive: true })
writeFileSync(join(sealed, 'sessions', 'store.json'), '{}')
chmodSync(sealed, 0o700)

test.each<[string, Record<string, string>, RegExp]>([
  [
    'procfs',
    { AGENTCHAT_DATA_DIR: '/proc/x' },
    /"\/proc\/x" \(AGENTCHAT_DATA_DIR or --data-dir\): it is not there/,
  ],
  ['a file', { AGENTCHAT_DATA_DIR: file }, /\(AGENTCHAT_DATA_DIR or --data-dir\): it.* is a file; move/],
  ['a folder in a file', { AGENTCHAT_DATA_DIR: join(file, 'x') }, /AGENTCHAT_DATA_DIR.* is a file/],
  ['a file for sessions', { AGENTCHAT_SESSIONS_DIR: file }, /AGENTCHAT_SESSIONS_DIR.* is a file/],
  ['a file for files', { AGENTCHAT_FILES_DIR: file }, /AGENTCHAT_FILES_DIR.* is a file/],
  [
    'no database',
    { DATABASE_URL: 'postgres://x:geheim@127.0.0.1:1/db' },
    /127\.0\.0\.1:1\/db: nothing listens there; correct DATABASE_URL/,
  ],
  [
    'a missing key',
    { AGENTCHAT_DATA_DIR: sealed },
    /Cannot find the key file .*secret\.key.*AGENTCHAT_SECRET_KEY/,
  ],
  [
    'an unknown image',
    { AGENTCHAT_IMAGE: 'data-of-nobody' },
    /the image "data-of-nobody": there is none of this name, only "base".*image build/,
  ],
  [
    'no number',
    { AGENTCHAT_PORT: 'abc' },
    /AGENTCHAT_PORT \("abc"\): must be a whole number from 0 to 65535/,
  ],
])(
  'serve refuses %s in one line that names the setting',
  async (name, env, message) => {
    const usual = { AGENTCHAT_PORT: '0', AGENTCHAT_DATA_DIR: join(folder, name.replaceAll(' ', '-')) }
    const { exitCode, stdout, stderr } = await command(['serve'], { env: { ...usual, ...env } })
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/geheim|\n\s+at |\[object|\bE[A-Z]{5,}\b/)
  },
  60_000,
)

test('serve refuses an address of another machine', async () => {
  const { exitCode, stderr } = await command(['serve', '--host', '192.0.2.1', '--port', '0'], {
    env: { AGENTCHAT_DATA_DIR: join(folder, 'foreign') },
  })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/Cannot listen on 192\.0\.2\.1.*does not have that address.*AGENTCHAT_HOST/)
})

test('serve says which variable of ours it does not know, and which was meant', async () => {
  const { exitCode, stderr } = await command(['serve', '--print-config'], {
    env: { AGENTCHAT_QUOTA_PER_MINUT: '5' },
  })
  expect(exitCode).toBe(0)
  expect(stderr).toContain('no setting AGENTCHAT_QUOTA_PER_MINUT; did you mean AGENTCHAT_QUOTA_PER_MINUTE?')
})

test('serve ends at SIGTERM while it starts', async () => {
  const data = join(folder, 'early')
  const running = start(['serve', '--port', '0', '--data-dir', data])
  await expect.poll(() => existsSync(data), { interval: 5 }).toBe(true)
  running.child.kill('SIGTERM')
  const begun = performance.now()
  await running.outcome
  expect(performance.now() - begun).toBeLessThan(30_000)
})

test('what the disk and PostgreSQL say becomes words', () => {
  const data = { path: '/data', variable: 'AGENTCHAT_DATA_DIR' }
  const of = (code: string) => Object.assign(new Error('raw'), { code })
  expect(embeddedRefusal(data, { name: 'ErrnoError', errno: 51 }).message).toMatch(
    /full; make room.*AGENTCHAT_DATA_DIR/,
  )
  expect(folderRefusal(data, of('EACCES')).message).toMatch(/may not write there/)
  expect(folderRefusal(data, of('EROFS')).message).toMatch(/read-only/)
  const url = 'postgres://user:geheim@db.example/app'
  for (const [code, words] of [
    ['3D000', 'no such database'],
    ['28000', 'no such role'],
    ['28P01', 'password'],
    ['ENOTFOUND', 'no such host'],
  ] as const) {
    const message = databaseRefusal(url, new Error('query', { cause: of(code) }))?.message
    expect(message).toContain(words)
    expect(message).toMatch(/db\.example:5432\/app.*DATABASE_URL/)
    expect(message).not.toContain('geheim')
  }
  expect(databaseRefusal(url, new Error('a defect'))).toBeNull()
})
