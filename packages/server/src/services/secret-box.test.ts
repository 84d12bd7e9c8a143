import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { keyOfFolder } from './key-file.ts'
import { createSecretBox } from './secret-box.ts'

const folder = mkdtempSync(join(tmpdir(), 'acs-secret-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const box = createSecretBox(Buffer.alloc(32, 1))

test('open() gives back what seal() sealed, which looks different each time', () => {
  const [one, two] = [box.seal('geheim ü', 'tool_1'), box.seal('geheim ü', 'tool_1')]
  expect(box.open(one, 'tool_1')).toBe('geheim ü')
  expect(one).not.toBe(two)
  expect(one).not.toContain('geheim')
})

test('open() refuses what was changed at any place, moved, or sealed with another key', () => {
  const sealed = box.seal('secret', 'tool_1')
  expect(() => box.open(sealed, 'tool_2')).toThrow('belongs elsewhere')
  expect(() => createSecretBox(Buffer.alloc(32, 2)).open(sealed, 'tool_1')).toThrow('another key')
  const [format, name, text = ''] = sealed.split('.')
  const bytes = Buffer.from(text, 'base64url')
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(() => box.open(`${format}.${name}.${changed.toString('base64url')}`, 'tool_1')).toThrow(
      'Cannot open',
    )
  }
  for (const broken of [
    '',
    'v1',
    `v2.${name}.${text}`,
    `${format}.${name}.`,
    `${format}.${name}.${text.slice(0, 20)}`,
  ])
    expect(() => box.open(broken, 'tool_1')).toThrow('Cannot open')
})

test('keyOfFolder() makes a key for its owner alone, keeps it, and refuses one that others may read', () => {
  const key = keyOfFolder(folder)
  expect(key.length).toBe(32)
  expect(statSync(join(folder, 'secret.key')).mode & 0o777).toBe(0o600)
  expect(keyOfFolder(folder)).toEqual(key)
  chmodSync(join(folder, 'secret.key'), 0o644)
  expect(() => keyOfFolder(folder)).toThrow('others may read it')
  chmodSync(join(folder, 'secret.key'), 0o600)
  writeFileSync(join(folder, 'secret.key'), 'short')
  expect(() => keyOfFolder(folder)).toThrow('holds no key')
})
