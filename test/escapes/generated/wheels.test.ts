import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { PackageError } from '../../../packages/sandbox/src/sandbox/errors/package-errors.ts'
import { findPyodide } from '../../../packages/sandbox/src/sandbox/host/pyodide-package.ts'
import { findPackages } from '../../../packages/sandbox/src/sandbox/packages/find-packages.ts'
import { IndexPage, IndexPageError } from '../../../packages/sandbox/src/sandbox/packages/index-page.ts'
import { parseWheelName } from '../../../packages/sandbox/src/sandbox/packages/wheel-name.ts'
import { folderWith } from '../../../packages/sandbox/test/fixtures/wheels.ts'
import { type Entry, evilWheel, zipOf } from '../wheels/zip.ts'
import { expectQuick } from './quick.ts'

const cache = folderWith()
afterAll(() => cache[Symbol.dispose]())
const NOWHERE = 'http://127.0.0.1:9/'

/** Null, or what is said of a wheel; throws what is no error of ours. */
async function saidOf(bytes: Uint8Array): Promise<string | null> {
  using folder = folderWith([evilWheel(bytes)])
  const places = { cacheDir: cache.path, wheels: folder.path, offline: true }
  try {
    await findPackages(['evil'], { ...places, indexUrl: NOWHERE, distributionUrl: NOWHERE }, findPyodide())
    return null
  } catch (error) {
    if (!(error instanceof PackageError)) throw error
    return error.problems.map(({ detail }) => detail).join('; ')
  }
}

const number = fc.oneof(fc.nat(70), fc.constantFrom(0xffff, 2 ** 31, 2 ** 32 - 1))
const lines = fc.array(
  fc.tuple(
    fc.constantFrom('Requires-Dist: ', 'Requires-Dist:', 'Name: ', 'requires-dist: ', '', ' '),
    fc.array(
      fc.constantFrom('a', 'evil', '>=', '1', '.', ';', '(', ')', '[x]', ' ', '\t', '"', 'or ', '\0', 'é'),
    ),
  ),
  { maxLength: 20 },
)
const metadataText = lines.map((all) => all.map(([key, parts]) => key + parts.join('')).join('\n'))
const name = fc.constantFrom(
  ...['evil-1.0.dist-info/METADATA', 'evil-1.0.dist-info/RECORD', 'evil/__init__.py', '../METADATA'],
  ...['a.dist-info/METADATA', '/', '', 'evil-1.0.dist-info/METADATA/x', '\0', 'x'.repeat(3000)],
)
const entry: fc.Arbitrary<Entry> = fc.record(
  {
    name,
    contents: metadataText.map((text) => new Uint8Array(Buffer.from(text))),
    method: fc.constantFrom(0, 8, 9, 99),
    ...{
      flags: fc.constantFrom(0, 1, 0xffff),
      bytes: number,
      packedBytes: number,
      crc: number,
      offset: number,
    },
  },
  { requiredKeys: ['name', 'contents'] },
)
const end = fc.record({ count: number, start: number, bytes: number }, { requiredKeys: [] })

test('tables, METADATA and RECORD of any wheel give packages or an error of ours, in time', async () => {
  const archive = fc.tuple(fc.array(entry, { maxLength: 8 }), end)
  await fc.assert(
    fc.asyncProperty(archive, async ([entries, last]) => {
      await expectQuick(() => saidOf(zipOf(entries, last)))
    }),
    { numRuns: 150 },
  )
})

test('a good wheel in which any bytes are others gives packages or an error of ours, in time', async () => {
  const contents = new Uint8Array(Buffer.from('Name: evil\nRequires-Dist: evil\n'))
  const good = zipOf([{ name: 'evil-1.0.dist-info/METADATA', contents }])
  expect(await saidOf(good)).toBeNull()
  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(changes, fc.nat(good.length), async (all, length) => {
      const bytes = Buffer.from(good)
      for (const [at, byte] of all) bytes[at] = byte
      await expectQuick(() => saidOf(length % 5 === 0 ? bytes.subarray(0, length) : bytes))
    }),
    { numRuns: 150 },
  )
})

test('names of wheels are read or refused, and never thrown at', async () => {
  const parts = fc.constantFrom(
    'evil',
    '-',
    '.',
    '_',
    '1',
    '0',
    'py3',
    'none',
    'any',
    '.whl',
    '+',
    '!',
    '/',
    '\0',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(parts, { maxLength: 400 }), async (all) => {
      await expectQuick(async () => parseWheelName(all.join('')))
    }),
    { numRuns: 300 },
  )
})

test('pages of an index, however they are cut, give entries or an error of ours', async () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ':',
    ',',
    '"files"',
    '"meta"',
    '{"files":[{',
    'x',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(piece, { maxLength: 60 }), { maxLength: 30 }), async (pieces) => {
      await expectQuick(async () => {
        const page = new IndexPage()
        try {
          for (const each of pieces) for (const _ of page.read(Buffer.from(each.join(''))));
          page.end()
        } catch (error) {
          if (!(error instanceof IndexPageError)) throw error
        }
      })
    }),
    { numRuns: 300 },
  )
})
