import { afterAll, describe, expect, test } from 'vitest'
import { PackageError } from '../../../packages/sandbox/src/sandbox/errors/errors.ts'
import { findPyodide } from '../../../packages/sandbox/src/sandbox/host/pyodide-package.ts'
import { findPackages } from '../../../packages/sandbox/src/sandbox/packages/find-packages.ts'
import { folderWith } from '../../../packages/sandbox/test/fixtures/wheels.ts'
import { expectHeld } from '../held.ts'
import { WHEELS } from './cases.ts'
import { INDEXES, indexWith } from './indexes.ts'
import { evilWheel, metadata, zipOf } from './zip.ts'

const MIB = 2 ** 20
/** What is held by nature is held each time; what a busy machine adds is not. */
const RETRY = 2
const cache = folderWith()
afterAll(() => cache[Symbol.dispose]())
const NOWHERE = 'http://127.0.0.1:9/'
const places = { cacheDir: cache.path, indexUrl: NOWHERE, distributionUrl: NOWHERE }

/** What is said of the package `evil`; null when it is taken. */
async function saidOf(more: Partial<Parameters<typeof findPackages>[1]>): Promise<string | null> {
  try {
    await findPackages(['evil'], { ...places, ...more }, findPyodide())
    return null
  } catch (error) {
    if (!(error instanceof PackageError)) throw error
    return error.problems.map(({ detail }) => detail).join('; ')
  }
}

function expectSaid(said: string | null, expected: RegExp | null): void {
  if (expected === null) expect(said).toBeNull()
  else expect(said).toMatch(expected)
}

/** All of it is loaded and compiled, and honest packages are found. */
async function expectHonest(): Promise<void> {
  using folder = folderWith([evilWheel(zipOf([metadata('Name: evil\n')]))])
  expect(await saidOf({ wheels: folder.path, offline: true })).toBeNull()
}

describe('a wheel holds nothing of the host:', () => {
  test.each(WHEELS)('%s', { retry: RETRY }, async (_what, make, expected) => {
    await expectHonest()
    const wheel = evilWheel(make())
    using folder = folderWith([wheel])
    const most = { folders: [cache.path], diskBytes: wheel.bytes.length + MIB }
    expectSaid(await expectHeld(() => saidOf({ wheels: folder.path, offline: true }), most), expected)
    await expectHonest()
  })
})

describe('an index holds nothing of the host:', () => {
  test.each(INDEXES)('%s', { retry: RETRY }, async (_what, answer, expected) => {
    await using index = await indexWith(answer)
    const most = { folders: [cache.path] }
    const said = await expectHeld(() => saidOf({ indexUrl: index.url, silenceMs: 1000 }), most)
    expectSaid(said, expected)
    await expectHonest()
  })
})

test('a wheel of one index is not taken for that of another', async () => {
  const listing = (bytes: Buffer) => {
    const wheel = evilWheel(bytes)
    const file = { filename: wheel.fileName, url: 'wheel', hashes: { sha256: wheel.sha256 } }
    return { wheel, page: JSON.stringify({ meta: { 'api-version': '1.1' }, files: [file] }) }
  }
  const [one, other] = ['one', 'other'].map((text) => listing(zipOf([metadata(`Name: ${text}\n`)])))
  const hashes: (string | undefined)[] = []
  for (const each of [one, other]) {
    await using index = await indexWith((path, response) => {
      if (path.endsWith('/wheel')) response.end(each?.wheel.bytes)
      else response.setHeader('content-type', 'application/json').end(each?.page)
    })
    const found = await findPackages(['evil'], { ...places, indexUrl: index.url }, findPyodide())
    hashes.push(found[0]?.sha256)
  }
  expect(hashes).toEqual([one?.wheel.sha256, other?.wheel.sha256])
})
