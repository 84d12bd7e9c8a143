import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes, draft, expected, refusal, seal } from '../../../test/fixtures/sealed-sessions.ts'
import type { SessionMetadata } from '../result/session-metadata.ts'
import { BINDING_BYTES, HEADER_BYTES } from './header.ts'

/** The metadata with another value at each of its places in turn. */
function changedMetadata(metadata: SessionMetadata): SessionMetadata[] {
  const texts: Partial<SessionMetadata>[] = [
    { imageId: 'base-2' },
    { pythonVersion: '3.14.3' },
    { created: '2026-11-01T10:00:00.001Z' },
    { lastModified: '2026-11-02T10:00:00.001Z' },
    { owner: 'mallory' },
    { owner: null },
    { sequence: 8 },
    { packages: [] },
    { names: [] },
    { names: [{ name: 'y', type: 'int', size: 28 }] },
    { moreNames: 1 },
    ...(['sessionBytes', 'heapBytes', 'fileBytes', 'files'] as const).map((name) => ({
      sizes: { ...metadata.sizes, [name]: metadata.sizes[name] + 1 },
    })),
  ]
  return texts.map((change) => ({ ...metadata, ...change }))
}

describe('Seal', () => {
  test('open() refuses every single bit that was flipped', () => {
    const { sessionBytes, sessionMetadata } = seal.seal([bytes('state')], draft())
    const reasons = new Set<string>()
    for (let bit = 0; bit < sessionBytes.length * 8; bit++) {
      const flipped = Uint8Array.from(sessionBytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      reasons.add(
        refusal(() => seal.open({ sessionBytes: flipped, sessionMetadata }, expected)).split(':')[0] ?? '',
      )
    }
    expect([...reasons].sort()).toEqual(['cut', 'damaged', 'other-format', 'other-key', 'wrong-metadata'])
  })

  test('open() refuses bits flipped anywhere in content of any length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 5000 }),
        fc.nat(),
        fc.nat(7),
        (content, at, bit) => {
          const { sessionBytes, sessionMetadata } = seal.seal([content], draft())
          const place = at % sessionBytes.length
          sessionBytes[place] = (sessionBytes[place] ?? 0) ^ (1 << bit)
          expect(refusal(() => seal.open({ sessionBytes, sessionMetadata }, expected))).not.toBe('opened')
        },
      ),
    )
  })

  test('open() refuses bytes that were cut at any place, and bytes with something after their end', () => {
    const { sessionBytes, sessionMetadata } = seal.seal([bytes('some state')], draft())
    for (let length = 0; length < sessionBytes.length; length++) {
      const cut = { sessionBytes: sessionBytes.subarray(0, length), sessionMetadata }
      expect(refusal(() => seal.open(cut, expected))).toMatch(/^cut: .* it ends after \d+ bytes of/)
    }
    const longer = new Uint8Array([...sessionBytes, 0])
    expect(refusal(() => seal.open({ sessionBytes: longer, sessionMetadata }, expected))).toMatch(/^damaged/)
  })

  test('open() refuses arbitrary bytes, also behind the header of real ones', () => {
    const { sessionBytes, sessionMetadata } = seal.seal([bytes('state')], draft())
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(HEADER_BYTES), (garbage, kept) => {
        const forged = Uint8Array.from([...sessionBytes.subarray(0, kept), ...garbage])
        fc.pre(Buffer.compare(forged, sessionBytes) !== 0)
        const given = { sessionBytes: forged, sessionMetadata }
        expect(refusal(() => seal.open(given, expected))).toMatch(
          /^(damaged|cut|other-key|other-format|wrong-metadata): /,
        )
      }),
    )
  })

  test('open() refuses metadata in which anything at all was changed, also what would fit the expectation', () => {
    const { sessionBytes, sessionMetadata } = seal.seal([bytes('state')], draft())
    const changed = changedMetadata(sessionMetadata)
    const covered = new Set(
      changed.flatMap((metadata) =>
        Object.keys(metadata).filter(
          (name) => Reflect.get(metadata, name) !== Reflect.get(sessionMetadata, name),
        ),
      ),
    )
    // The format is the one field with a single value.
    expect([...covered, 'formatVersion'].sort()).toEqual(Object.keys(sessionMetadata).sort())
    for (const metadata of changed) {
      const { imageId, owner } = metadata
      const work = () =>
        seal.open({ sessionBytes, sessionMetadata: metadata }, { ...expected, imageId, owner })
      expect(refusal(work)).toMatch(/^wrong-metadata/)
    }
  })

  test('open() refuses the metadata of another save of the same session, and the other way round', () => {
    const old = seal.seal([bytes('state')], draft({ sequence: 7 }))
    const young = seal.seal([bytes('state')], draft({ sequence: 8 }))
    const mixed = { sessionBytes: old.sessionBytes, sessionMetadata: young.sessionMetadata }
    expect(refusal(() => seal.open(mixed, { ...expected, minSequence: 8 }))).toMatch(/^wrong-metadata/)
    // Also when as much of the header is taken over as can be: all of it, or the code of the metadata alone.
    for (const taken of [0, HEADER_BYTES - BINDING_BYTES]) {
      const forged = {
        sessionBytes: Uint8Array.from(old.sessionBytes),
        sessionMetadata: young.sessionMetadata,
      }
      forged.sessionBytes.set(young.sessionBytes.subarray(taken, HEADER_BYTES), taken)
      expect(refusal(() => seal.open(forged, { ...expected, minSequence: 8 }))).toMatch(/^damaged/)
    }
  })
})
