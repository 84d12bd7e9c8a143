import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DiskSpace } from './disk-space.ts'

test('demandRoom() lets through where there is room, of which it keeps some, and where the database is elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acs-disk-'))
  try {
    expect(() => new DiskSpace(folder).demandRoom()).not.toThrow()
    expect(readdirSync(folder).map((name) => statSync(join(folder, name)).size)).toEqual([4 * 2 ** 20])
    expect(() => new DiskSpace(null).demandRoom()).not.toThrow()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.skipIf(process.platform !== 'linux')('demandRoom() throws where there is none', () => {
  // A file system without a single block.
  expect(() => new DiskSpace('/proc').demandRoom()).toThrow('the disk is not available')
})
