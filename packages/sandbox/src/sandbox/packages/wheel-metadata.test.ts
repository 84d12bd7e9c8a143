import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { folderWith, makeWheel } from '../../../test/fixtures/wheels.ts'
import { parseMetadata, readRequirements } from './wheel-metadata.ts'

/** The requirements of a wheel with these bytes. */
async function requirementsOf(bytes: Uint8Array) {
  using folder = folderWith([{ fileName: 'a.whl', bytes }])
  return await readRequirements(join(folder.path, 'a.whl'))
}

test('readRequirements() gives what METADATA states, and nothing of its description', async () => {
  const { bytes } = makeWheel({ name: 'foo', requires: ['bar>=1', 'baz; extra == "x"'] })
  expect((await requirementsOf(bytes)).map(({ name, specifier }) => [name, specifier])).toEqual([
    ['bar', '>=1'],
    ['baz', ''],
  ])
  const text = 'Name: foo\r\nRequires-Dist: bar\r\n\r\nRequires-Dist: no\r\n'
  expect((await parseMetadata(text)).length).toBe(1)
})

test.each([
  ['no zip archive', strToU8('<html>'), /zip/],
  ['empty', new Uint8Array(), /zip/],
  ['without METADATA', zipSync({ 'a.py': strToU8('1') }), /no METADATA/],
  ['a bomb', zipSync({ 'a-1.dist-info/METADATA': new Uint8Array(2 ** 24) }), /16777216 bytes/],
  [
    'a requirement that cannot be read',
    zipSync({ 'a-1.dist-info/METADATA': strToU8('Requires-Dist: -- nonsense') }),
    /nonsense/,
  ],
])('readRequirements() refuses a wheel: %s', async (_what, bytes, message) => {
  await expect(requirementsOf(bytes)).rejects.toThrow(message)
})

test('readRequirements() writes no more than a lying header says', async () => {
  const bytes = zipSync({ 'a-1.dist-info/METADATA': new Uint8Array(2 ** 24) })
  // The size in the central directory, which is what an unpacker believes.
  const directory = Buffer.from(bytes).lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1'))
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(directory + 24, 1000, true)
  const before = process.memoryUsage().arrayBuffers
  await expect(requirementsOf(bytes)).rejects.toThrow(/cannot be unpacked to its 1000 bytes/)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 22)
})
