import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes, draft, expected, key, MAX, refusal, seal } from '../../../test/fixtures/sealed-sessions.ts'
import { SessionKeyError } from '../errors/errors.ts'
import type { SessionMetadata } from '../result/session-metadata.ts'
import { SEAL_BYTES } from './header.ts'
import { Seal, type SealedSession } from './seal.ts'

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
