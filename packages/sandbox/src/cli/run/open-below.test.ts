import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openBelow } from './open-below.ts'

const root = mkdtempSync(join(tmpdir(), 'agentchat-open-below-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function write(folder: string, name: string): Promise<void> {
  const file = await openBelow(folder, name)
  await file.writeFile('x')
  await file.close()
}

test('openBelow() makes the folders on the way, and writes a file anew', async () => {
  const out = join(root, 'new', 'out')
  await write(out, 'a/b/c.txt')
  await write(out, 'a/b/c.txt')
  expect(readFileSync(join(out, 'a/b/c.txt'), 'utf8')).toBe('x')
})

test('openBelow() follows no link below the folder, and the folder itself may be one', async () => {
  const [out, elsewhere] = [join(root, 'out'), join(root, 'elsewhere')]
  for (const folder of [out, elsewhere]) mkdirSync(folder)
  writeFileSync(join(elsewhere, 'kept'), 'before')
  symlinkSync(elsewhere, join(out, 'way'))
  symlinkSync(join(elsewhere, 'kept'), join(out, 'file'))
  symlinkSync(join(elsewhere, 'missing'), join(out, 'dangling'))
  for (const name of ['way/x', 'way/deep/x', 'file', 'dangling'])
    await expect(write(out, name), name).rejects.toThrow(/links are not followed/)
  writeFileSync(join(out, 'plain'), '')
  await expect(write(out, 'plain/x')).rejects.toThrow(/no folder/)
  expect(readdirSync(elsewhere)).toEqual(['kept'])
  expect(readFileSync(join(elsewhere, 'kept'), 'utf8')).toBe('before')
  symlinkSync(out, join(root, 'link'))
  await write(join(root, 'link'), 'sub/y')
  expect(readFileSync(join(out, 'sub/y'), 'utf8')).toBe('x')
})
