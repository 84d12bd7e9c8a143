import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readKnownSecrets } from './known-secrets-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'acs-known-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(content: string | Uint8Array): string {
  const path = join(folder, `secrets-${crypto.randomUUID()}`)
  writeFileSync(path, content)
  return path
}

test('readKnownSecrets() reads one secret from each line, and no empty ones', () => {
  const path = written('\ufefffirst-secret\r\n\n   \n  second secret\t\nfirst-secret\nпароль-один')
  expect(readKnownSecrets(path, '--file')).toEqual(['first-secret', 'second secret', 'пароль-один'])
  const link = join(folder, 'link')
  symlinkSync(path, link)
  expect(readKnownSecrets(link, '--file')).toHaveLength(3)
  expect(readKnownSecrets(written(''), '--file')).toEqual([])
  expect(readKnownSecrets(written('x'.repeat(8192)), '--file')).toHaveLength(1)
})

test.each([
  ['a line that is too short', 'first-secret\n\nhide!\n', 'line 3 must have at least 6 characters'],
  ['letters that nobody sees', 'hide!\u200b\u200b\u200b\n', 'line 1 must have at least 6 characters'],
  ['control characters', 'hide\0this', 'line 1 must hold no control characters'],
  ['no UTF-8', Buffer.from('68696465ff746869730a', 'hex'), 'must be UTF-8'],
  ['too many characters', `${'hide'.repeat(1024)}\n${'this'.repeat(1025)}`, '8196 characters: at most 8192'],
  ['too many bytes', '\n'.repeat(65_537), 'at most 65536 bytes'],
])('readKnownSecrets() refuses %s, and tells nothing of it', (_, content, problem) => {
  const read = () => readKnownSecrets(written(content), 'AGENTCHAT_X')
  expect(read).toThrow(problem)
  expect(read).toThrow(/^AGENTCHAT_X: "/)
  expect(read).not.toThrow(/hide|this/)
})

test.each([
  ['nothing', join(folder, 'missing'), 'cannot be read: there is no such file'],
  ['a folder', folder, 'is not a file'],
  ['a device', '/dev/zero', 'is not a file'],
])('readKnownSecrets() refuses %s', (_, path, problem) => {
  expect(() => readKnownSecrets(path, '--file')).toThrow(`--file: "${path}" ${problem}`)
})

test.skipIf(process.platform === 'win32')('readKnownSecrets() does not wait for a pipe', () => {
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  expect(() => readKnownSecrets(path, '--file')).toThrow('is not a file')
})
