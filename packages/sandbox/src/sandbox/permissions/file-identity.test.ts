import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { identify, isSameFile } from './file-identity.ts'

const root = mkdtempSync(join(tmpdir(), 'agentchat-identity-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test.each([0, 1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 3_000_000])(
  'identify() hashes a file of %i bytes whole',
  (size) => {
    const path = join(root, `size-${size}`)
    const bytes = Buffer.alloc(size, 'ab')
    writeFileSync(path, bytes)
    const identity = identify(path)
    expect(identity).toMatchObject({
      size: BigInt(size),
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
    expect(isSameFile(path, identity)).toBe(true)
  },
)

test('isSameFile() sees one changed byte behind a time that was set back', () => {
  const path = join(root, 'changed')
  const bytes = Buffer.alloc(2 ** 21)
  writeFileSync(path, bytes)
  utimesSync(path, 1, 1)
  const identity = identify(path)
  bytes[bytes.length - 1] = 1
  writeFileSync(path, bytes)
  utimesSync(path, 1, 1)
  expect(isSameFile(path, identity)).toBe(false)
  expect(isSameFile(join(root, 'missing'), identity)).toBe(false)
})
