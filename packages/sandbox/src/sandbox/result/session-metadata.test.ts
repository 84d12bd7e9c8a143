import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../seal/seal.ts'
import { draftMetadata, sessionMetadataSchema, sessionReportSchema } from './session-metadata.ts'

const report = {
  pythonVersion: '3.14.2',
  packages: [{ name: 'numpy', version: '2.4.0' }],
  heapBytes: 4096,
  fileBytes: 0,
  files: 0,
  names: [{ name: 'x', type: 'int', size: 28 }],
  moreNames: 0,
}

const facts = {
  imageId: 'base-0123456789abcdef01234567',
  owner: null,
  sequence: 1,
  created: '2026-11-01T10:00:00.000Z',
  lastModified: '2026-11-01T10:00:00.000Z',
}

function kept(parsed: ReturnType<ReturnType<typeof sessionReportSchema>['parse']>) {
  const draft = draftMetadata(facts, parsed)
  return { ...draft, formatVersion: 1, sizes: { ...draft.sizes, sessionBytes: 100 } }
}

describe('sessionReportSchema', () => {
  test('takes what an honest worker says, and with what the host knows it is metadata', () => {
    const metadata = kept(sessionReportSchema().parse(report))
    expect(sessionMetadataSchema().parse(metadata)).toEqual(metadata)
    expect(metadata).toMatchObject({ ...facts, names: report.names, packages: report.packages })
    expect(metadata.sizes).toEqual({ sessionBytes: 100, heapBytes: 4096, fileBytes: 0, files: 0 })
  })

  test.each([
    ['x\u001b[2Jy', String.raw`x\u{1b}[2Jy`],
    ['two\nlines', String.raw`two\u{a}lines`],
    ['half \ud83d', String.raw`half \u{d83d}`],
    ['turned\u202e', String.raw`turned\u{202e}`],
    ['größe_𝐱', 'größe_𝐱'],
    ['n'.repeat(100), 'n'.repeat(100)],
    ['n'.repeat(101), `${'n'.repeat(97)}...`],
    [`${'n'.repeat(96)}𝐱 and more`, `${'n'.repeat(96)}...`],
    ['\0'.repeat(90), `${String.raw`\u{0}`.repeat(19)}\\u...`],
  ])('writes out what hides in the name %j, and cuts it', (name, shown) => {
    const parsed = sessionReportSchema().parse({ ...report, names: [{ name, type: 'int', size: 28 }] })
    expect(parsed.names[0]?.name).toBe(shown)
  })

  test('makes metadata that can be kept out of any text', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 })
    const halves = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 120 })
    const any = fc.oneof(
      text,
      halves.map((units) => String.fromCharCode(...units)),
    )
    fc.assert(
      fc.property(any, any, any, (name, type, version) => {
        const forged = { ...report, names: [{ name, type, size: 1 }], packages: [{ name, version }] }
        const metadata = kept(sessionReportSchema().parse(forged))
        expect(sessionMetadataSchema().safeParse(metadata).success).toBe(true)
        expect(sessionMetadataSchema().parse(JSON.parse(JSON.stringify(metadata)))).toEqual(metadata)
      }),
    )
  })

  test.each([
    ['more names than are kept', { names: Array(201).fill({ name: 'x', type: 'int', size: 28 }) }],
    ['more packages than are kept', { packages: Array(501).fill({ name: 'x', version: '1' }) }],
    ['an empty name', { names: [{ name: '', type: 'int', size: 28 }] }],
    ['a size below zero', { names: [{ name: 'x', type: 'int', size: -1 }] }],
    ['a size that is no number', { heapBytes: Number.NaN }],
    ['a size beyond what JSON can count', { heapBytes: 2 ** 53 }],
    ['a part of a file', { files: 0.5 }],
    ['a version that is none', { pythonVersion: '3.14' }],
    ['a version with a line after it', { pythonVersion: '3.14.2\n' }],
    ['a field of its own', { owner: 'mallory' }],
    ['a field too few', { moreNames: undefined }],
  ])('refuses %s', (_what, changes) => {
    expect(sessionReportSchema().safeParse({ ...report, ...changes }).success).toBe(false)
  })
})

describe('sessionMetadataSchema', () => {
  test.each([
    ['an owner without a name', { owner: '' }],
    ['an owner of 201 characters', { owner: 'o'.repeat(201) }],
    ['an owner with a line end', { owner: 'a\nb' }],
    ['an image that is a path', { imageId: 'a/b' }],
    ['a local time', { created: '2026-11-01T10:00:00.000+01:00' }],
    ['a day that does not exist', { created: '2026-02-30T10:00:00.000Z' }],
    ['a number as text', { sequence: '1' }],
    ['another format', { formatVersion: 2 }],
  ])('refuses %s', (_what, changes) => {
    const metadata = { ...kept(sessionReportSchema().parse(report)), ...changes }
    expect(sessionMetadataSchema().safeParse(metadata).success).toBe(false)
  })
})

test('canonicalJson() is JSON, and the same for equal values alone', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const equal = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
      expect(canonicalJson(one) === canonicalJson(other)).toBe(equal)
      expect(JSON.parse(canonicalJson(one))).toEqual(JSON.parse(JSON.stringify(one)))
    }),
  )
  expect(canonicalJson({ b: [1, { d: 'x', c: null }], a: true })).toBe(
    '{"a":true,"b":[1,{"c":null,"d":"x"}]}',
  )
})

/** Pairs instead of keys, in order: another way to the same end. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return ['list', ...value.map(sorted)]
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, field]) => [key, sorted(field)])
  return ['object', entries.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1))]
}
