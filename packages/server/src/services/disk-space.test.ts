import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { DiskSpace } from './disk-space.ts'

test('demandRoom() lets through where there is room, and where the database is on another machine', () => {
  expect(() => new DiskSpace(tmpdir()).demandRoom()).not.toThrow()
  expect(() => new DiskSpace(null).demandRoom()).not.toThrow()
})

test.skipIf(process.platform !== 'linux')('demandRoom() throws where there is none', () => {
  // A file system without a single block.
  expect(() => new DiskSpace('/proc').demandRoom()).toThrow('the disk is not available')
})
