import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sessionFolder } from '../../../test/fixtures/session-folder.ts'

const home = sessionFolder()

describe('a damaged file', () => {
  test('is refused wherever a bit of it was flipped, in the store or by the seal', async () => {
    await home.save('a', 'state')
    const whole = readFileSync(home.fileOf('a'))
    const reasons = new Set<string>()
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at & 7))
      writeFileSync(home.fileOf('a'), flipped)
      reasons.add(await home.refusal('a'))
    }
    expect([...reasons].sort()).toEqual(['cut', 'damaged', 'other-format', 'other-key', 'wrong-metadata'])
    writeFileSync(home.fileOf('a'), whole)
    expect(await home.refusal('a')).toBe('opened state')
  })

  test('is refused wherever it was cut, and with anything after its end', async () => {
    await home.save('a', 'state')
    const whole = readFileSync(home.fileOf('a'))
    writeFileSync(home.fileOf('a'), Buffer.concat([whole, Buffer.alloc(1)]))
    expect(await home.refusal('a')).toBe('damaged')
    for (let length = whole.length - 1; length >= 0; length--) {
      truncateSync(home.fileOf('a'), length)
      expect(await home.refusal('a')).toBe('cut')
    }
    expect(await home.store.list()).toEqual([{ id: 'a', metadata: null }])
  })

  test('is refused when anything at all stands in it, and does not hide the others from list()', async () => {
    await home.save('good', 'state')
    const start = readFileSync(home.fileOf('good'))
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(60), async (garbage, kept) => {
        writeFileSync(home.fileOf('bad'), Buffer.concat([start.subarray(0, kept), garbage]))
        expect(await home.refusal('bad')).toMatch(/^(cut|damaged|bad-metadata)$/)
        expect((await home.store.list()).map(({ id, metadata }) => [id, metadata !== null])).toEqual([
          ['bad', false],
          ['good', true],
        ])
      }),
    )
  })

  test.runIf(process.platform !== 'win32')('is a link or a folder in its place, too', async () => {
    await home.save('a', 'state')
    symlinkSync(home.fileOf('a'), home.fileOf('b'))
    mkdirSync(home.fileOf('c'))
    expect([await home.refusal('b'), await home.refusal('c')]).toEqual(['damaged', 'damaged'])
    expect((await home.store.list()).filter(({ metadata }) => metadata === null).map(({ id }) => id)).toEqual(
      ['b', 'c'],
    )
    await home.save('b', 'new')
    expect([await home.contentOf('a'), await home.contentOf('b')]).toEqual(['state', 'new'])
  })
})
