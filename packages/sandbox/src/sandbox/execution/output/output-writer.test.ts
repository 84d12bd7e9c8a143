import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith } from '../../../../test/fixtures/wheels.ts'
import { OutputCollector } from './output-collector.ts'
import { OutputWriter } from './output-writer.ts'

const MIB = 2 ** 20

/** A writer beside a collector that keeps so many bytes, as a run has them. */
function writerIn(folder: string, maxBytes: number, keptBytes = 1000) {
  const collector = new OutputCollector({ maxBytes: keptBytes, maxLiveBytes: maxBytes })
  const path = join(folder, 'output')
  const writer = new OutputWriter({
    name: 'stdout',
    head: () => collector.head,
    maxBytes,
    newPath: () => path,
  })
  const add = (bytes: Uint8Array) => {
    collector.add(bytes)
    return writer.add(bytes)
  }
  return { writer, add, path }
}

test('OutputWriter makes no file of what is short', async () => {
  using folder = folderWith()
  const { writer, add, path } = writerIn(folder.path, MIB)
  add(Buffer.from('abc'))
  const kept = await writer.finish(false)
  expect(kept).toMatchObject({ size: 3, truncated: false })
  expect(await kept.text()).toBe('abc')
  expect(existsSync(path)).toBe(false)
})

test.each([1, 999, 1000, 1001, 60_000, 700_000])(
  'OutputWriter keeps pieces of %d bytes in their order',
  async (size) => {
    using folder = folderWith()
    const { writer, add, path } = writerIn(folder.path, 100 * MIB)
    const all = Buffer.from(Array.from({ length: Math.max(5000, 5 * size) }, (_, index) => index % 251))
    for (let at = 0; at < all.length; at += size) {
      const piece = Buffer.from(all.subarray(at, at + size))
      const wait = add(piece)
      // The caller may use its memory again.
      piece.fill(0)
      if (wait !== null) await wait
    }
    const kept = await writer.finish(false)
    expect(kept).toMatchObject({ size: all.length, truncated: false })
    expect(all.equals(readFileSync(path))).toBe(true)
    expect(all.equals(Buffer.from(await kept.bytes()))).toBe(true)
  },
)

test('OutputWriter asks to wait for the disk, and takes what comes all the same', async () => {
  using folder = folderWith()
  const { writer, add } = writerIn(folder.path, 100 * MIB)
  const block = Buffer.alloc(65_536, 97)
  const waits = Array.from({ length: 32 }, () => add(block)).filter((wait) => wait !== null)
  expect(waits.length).toBeGreaterThan(0)
  await Promise.all(waits)
  expect((await writer.finish(false)).size).toBe(32 * block.length)
})

test('OutputWriter cuts at its limit and says so', async () => {
  using folder = folderWith()
  const { writer, add } = writerIn(folder.path, 5000)
  add(Buffer.alloc(4000, 97))
  add(Buffer.alloc(4000, 98))
  add(Buffer.alloc(4000, 99))
  const kept = await writer.finish(false)
  expect(kept).toMatchObject({ size: 5000, truncated: true })
  expect(await kept.text()).toBe(`${'a'.repeat(4000)}${'b'.repeat(1000)}`)
})

test('OutputWriter that cannot write takes the output, and what it kept says why it is not there', async () => {
  const { writer, add } = writerIn('/nonexistent', MIB)
  for (let count = 0; count < 20; count++) await add(Buffer.alloc(65_536))
  const kept = await writer.finish(false)
  await expect(kept.bytes()).rejects.toMatchObject({
    code: 'file-unavailable',
    message: expect.stringMatching(/could not be kept: ENOENT/),
  })
})
