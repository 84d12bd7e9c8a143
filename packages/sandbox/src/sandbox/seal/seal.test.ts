import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SessionKeyError, SessionRefusedError } from '../errors/errors.ts'
import type { MetadataDraft, SessionMetadata } from '../result/session-metadata.ts'
import { BINDING_BYTES, HEADER_BYTES, SEAL_BYTES } from './header.ts'
import { Seal, type SealedSession } from './seal.ts'

const MAX = 4 * 2 ** 20
const key = randomBytes(32)
const seal = new Seal({ key, maxSessionBytes: MAX })
const expected = { imageId: 'base-1', owner: 'alice', minSequence: 0 }

function draft(changes: Partial<MetadataDraft> = {}): MetadataDraft {
  return {
    imageId: 'base-1',
    pythonVersion: '3.14.2',
    created: '2026-11-01T10:00:00.000Z',
    lastModified: '2026-11-02T10:00:00.000Z',
    owner: 'alice',
    sequence: 7,
    packages: [{ name: 'numpy', version: '2.4.0' }],
    sizes: { heapBytes: 1000, fileBytes: 10, files: 1 },
    names: [{ name: 'x', type: 'int', size: 28 }],
    moreNames: 0,
    ...changes,
  }
}

const bytes = (text: string) => new TextEncoder().encode(text)

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof SessionRefusedError) return `${error.reason}: ${error.message}`
    throw error
  }
  return 'opened'
}

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
  test('open() gives back any content and its metadata, in whatever pieces and order they came', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (pieces) => {
        const { sessionBytes, sessionMetadata } = seal.seal(pieces, draft())
        const reordered = Object.fromEntries(Object.entries(sessionMetadata).reverse()) as SessionMetadata
        const { content, metadata } = seal.open({ sessionBytes, sessionMetadata: reordered }, expected)
        expect(Buffer.from(content)).toEqual(Buffer.concat(pieces))
        expect(metadata).toEqual(sessionMetadata)
        expect(sessionMetadata.sizes.sessionBytes).toBe(sessionBytes.length)
      }),
    )
  })

  test('open() opens what was sealed before, and derives the same keys: stored sessions depend on it', () => {
    const sealed =
      '894147534553530a000000019d3edfd9403c340ed97f90c83ab6b90b823536f900000000000000059a6cb40e749dbd608fc05182' +
      'e04d634f8dc279ccc5189f2d0260c5d27f5f6d9f45c4978b87c15bfcd80025113ae0a1fa8a7fb496b8'
    const old = new Seal({ key: Uint8Array.from({ length: 32 }, (_, at) => at), maxSessionBytes: MAX })
    const sessionBytes = Uint8Array.from(Buffer.from(sealed, 'hex'))
    const { sessionMetadata } = old.seal([bytes('12345')], draft())
    const { content } = old.open({ sessionBytes, sessionMetadata }, expected)
    expect(new TextDecoder().decode(content)).toBe('state')
  })

  test('open() gives back content of many chunks, and a view into a larger buffer is opened as itself', () => {
    const content = randomBytes(3 * 2 ** 20 + 17)
    const { sessionBytes, sessionMetadata } = seal.seal([content], draft())
    const larger = new Uint8Array(sessionBytes.length + 200)
    larger.set(sessionBytes, 100)
    const view = larger.subarray(100, 100 + sessionBytes.length)
    expect(
      Buffer.compare(seal.open({ sessionBytes: view, sessionMetadata }, expected).content, content),
    ).toBe(0)
    expect(sessionBytes.buffer.byteLength).toBe(sessionBytes.length)
  })

  test('seal() shows nothing of the content or of the owner and never gives the same bytes twice', () => {
    const content = bytes('a secret that repeats '.repeat(100))
    const one = seal.seal([content], draft())
    const other = seal.seal([content], draft())
    expect(Buffer.from(one.sessionBytes).includes('secret')).toBe(false)
    expect(Buffer.from(one.sessionBytes).includes('alice')).toBe(false)
    expect(Buffer.from(one.sessionBytes).includes(key.subarray(0, 8))).toBe(false)
    expect(one.sessionBytes.subarray(20)).not.toEqual(other.sessionBytes.subarray(20))
  })

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

  test.each([
    ['wrong-owner', { owner: 'bob' }, 'it is that of "alice", not that of "bob"'],
    ['wrong-owner', { owner: null }, 'it is that of "alice", not nobody\'s'],
    ['wrong-owner', { owner: 'alice\u001b[2J' }, 'not that of "alice\\u001b[2J"'],
    ['wrong-image', { imageId: 'base-2' }, 'it grew from the image "base-1", and this one is "base-2"'],
    ['replayed', { minSequence: 8 }, 'it is save 7 of the session, and one older than 8 is not allowed'],
  ])('open() refuses as %s what is expected as %j', (reason, changes, message) => {
    const sealed = seal.seal([bytes('state')], draft())
    const text = refusal(() => seal.open(sealed, { ...expected, ...changes }))
    expect(text).toContain(`${reason}: Cannot use the session: `)
    expect(text).toContain(message)
  })

  test('open() lets a session of nobody be opened only as one, and the smallest allowed sequence', () => {
    const sealed = seal.seal([bytes('state')], draft({ owner: null }))
    expect(refusal(() => seal.open(sealed, { ...expected, owner: null, minSequence: 7 }))).toBe('opened')
    expect(refusal(() => seal.open(sealed, { ...expected, owner: 'null' }))).toMatch(/^wrong-owner/)
  })

  test('open() tells another key from damage', () => {
    const sealed = new Seal({ key: randomBytes(32), maxSessionBytes: MAX }).seal([bytes('s')], draft())
    expect(refusal(() => seal.open(sealed, expected))).toMatch(/^other-key/)
    expect(refusal(() => new Seal({ key, maxSessionBytes: 0 }).open(sealed, expected))).toMatch(/^too-big/)
  })

  test('seal() and open() hold to the ceiling to the byte', () => {
    const small = new Seal({ key, maxSessionBytes: SEAL_BYTES + 100 })
    const fits = small.seal([new Uint8Array(60), new Uint8Array(40)], draft())
    expect(fits.sessionBytes).toHaveLength(SEAL_BYTES + 100)
    expect(small.open(fits, expected).content).toHaveLength(100)
    const message = `it has ${SEAL_BYTES + 101} bytes, and at most ${SEAL_BYTES + 100} are allowed`
    const tooBig = `too-big: Cannot use the session: ${message}`
    expect(refusal(() => small.seal([new Uint8Array(60), new Uint8Array(41)], draft()))).toBe(tooBig)
    expect(refusal(() => small.open(seal.seal([new Uint8Array(101)], draft()), expected))).toBe(tooBig)
  })

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'bad-metadata'],
    ['a text', '{}', 'bad-metadata'],
    ['an unknown field', { extra: 1 }, 'bad-metadata'],
    ['a format of tomorrow', { formatVersion: 2 }, 'other-format'],
    ['a list without end', { names: Array(201).fill({ name: 'x', type: 'int', size: 1 }) }, 'bad-metadata'],
    ['an instant without end', { created: `2026-11-01T10:00:00.${'0'.repeat(1000)}Z` }, 'bad-metadata'],
    ['a control character', { owner: 'a\u001bb' }, 'bad-metadata'],
  ])('open() refuses %s as metadata', (_what, changes, reason) => {
    const { sessionBytes, sessionMetadata } = seal.seal([bytes('state')], draft())
    const metadata: unknown = typeof changes === 'object' ? { ...sessionMetadata, ...changes } : changes
    const given = { sessionBytes, sessionMetadata: metadata } as SealedSession
    expect(refusal(() => seal.open(given, expected))).toMatch(new RegExp(`^${reason}: `))
  })

  test('seal() refuses what open() would refuse', () => {
    expect(refusal(() => seal.seal([], draft({ imageId: '../base' })))).toMatch(/^bad-metadata.*"imageId"/)
    expect(refusal(() => seal.seal([], draft({ sequence: -1 })))).toMatch(/^bad-metadata.*"sequence"/)
  })

  test('open() refuses bytes that are none', () => {
    const { sessionMetadata } = seal.seal([], draft())
    const given = { sessionBytes: 'AAAA', sessionMetadata } as unknown as SealedSession
    expect(refusal(() => seal.open(given, expected))).toMatch(/^damaged.*string/)
  })

  test.each([0, 16, 31, 33, 64])('refuses a key of %d bytes', (length) => {
    const work = () => new Seal({ key: randomBytes(length), maxSessionBytes: MAX })
    expect(work).toThrow(SessionKeyError)
    expect(work).toThrow(`it must be a Uint8Array of 32 bytes, got one of ${length} bytes`)
  })

  test('keeps the key it was made with when the caller wipes its own copy', () => {
    const own = Uint8Array.from(key)
    const wiped = new Seal({ key: own, maxSessionBytes: MAX })
    own.fill(0)
    expect(refusal(() => wiped.open(seal.seal([bytes('s')], draft()), expected))).toBe('opened')
  })
})
