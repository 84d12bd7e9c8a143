import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serve, serveIndex } from '../../../test/fixtures/package-index.ts'
import { folderWith, makeWheel } from '../../../test/fixtures/wheels.ts'
import { PackageError, type PackageProblem } from '../errors/errors.ts'
import { findPyodide } from '../host/pyodide-package.ts'
import { findPackages, type PackagePlaces } from './find-packages.ts'

const pyodide = findPyodide()
/** No server listens there. */
const NOWHERE = 'http://127.0.0.1:9/'

/** Finds packages with a cache of its own; gives names with versions, or the problems. */
async function find(requirements: readonly string[], places: Partial<PackagePlaces> = {}) {
  using cache = folderWith()
  return await findWith(cache.path, requirements, places)
}

async function findWith(
  cacheDir: string,
  requirements: readonly string[],
  places: Partial<PackagePlaces> = {},
): Promise<string[] | readonly PackageProblem[]> {
  const all = { cacheDir, indexUrl: NOWHERE, distributionUrl: NOWHERE, ...places }
  try {
    const found = await findPackages(requirements, all, pyodide)
    return found.map(({ name, version, requested }) => `${name} ${version}${requested ? '' : ' (needed)'}`)
  } catch (error) {
    if (error instanceof PackageError) return error.problems
    throw error
  }
}

const problem = (requirement: unknown, kind: string, detail: RegExp) => ({
  requirement,
  kind,
  detail: expect.stringMatching(detail),
})

test('findPackages() takes wheels from a folder, with what they need, offline', async () => {
  using folder = folderWith([
    makeWheel({ name: 'foo', version: '2.0', requires: ['Bar_Baz>=1', 'never; python_version < "3"'] }),
    makeWheel({ name: 'foo', version: '1.0' }),
    makeWheel({ name: 'foo', version: '3.0rc1' }),
    makeWheel({ name: 'bar-baz', version: '1.5' }),
    makeWheel({ name: 'other' }),
  ])
  const places = { wheels: folder.path, offline: true }
  expect(await find(['FOO'], places)).toEqual(['bar-baz 1.5 (needed)', 'foo 2.0'])
  expect(await find(['foo<2'], places)).toEqual(['foo 1.0'])
  expect(await find(['foo>=3.0rc1'], places)).toEqual(['foo 3.0rc1'])
  expect(await find(['foo', 'bar_baz'], places)).toEqual(['bar-baz 1.5', 'foo 2.0'])
})

test('findPackages() leaves packages that are there already as they are', async () => {
  using folder = folderWith([
    makeWheel({ name: 'base', version: '2.0' }),
    makeWheel({ name: 'user', requires: ['base', 'more'] }),
    makeWheel({ name: 'strict', requires: ['base>=2'] }),
    makeWheel({ name: 'extra', requires: ['base[fast]'] }),
    makeWheel({ name: 'more' }),
  ])
  const places = { wheels: folder.path, offline: true, present: new Map([['base', '1.5']]) }
  expect(await find(['user'], places)).toEqual(['more 1.0 (needed)', 'user 1.0'])
  expect(await find(['base', 'Base>1'], places)).toEqual([])
  expect(await find(['base>=2'], places)).toEqual([problem('base>=2', 'conflict', /1\.5 is there already/)])
  expect(await find(['user', 'strict'], places)).toEqual([
    problem('base (for user) and base>=2 (for strict)', 'conflict', /1\.5 is there already/),
  ])
  expect(await find(['extra'], places)).toEqual([
    problem('base[fast] (for extra)', 'conflict', /name what its extras need/),
  ])
})

test('findPackages() chooses again when a later requirement forbids a choice', async () => {
  using folder = folderWith([
    makeWheel({ name: 'base', version: '1.0' }),
    makeWheel({ name: 'base', version: '2.0' }),
    makeWheel({ name: 'strict', requires: ['base<2'] }),
    makeWheel({ name: 'stricter', requires: ['base>=3'] }),
  ])
  const places = { wheels: folder.path, offline: true }
  expect(await find(['base', 'strict'], places)).toEqual(['base 1.0', 'strict 1.0'])
  expect(await find(['base<2', 'stricter'], places)).toEqual([
    problem('base<2 and base>=3 (for stricter)', 'conflict', /there is only .*2\.0/),
  ])
})

test('findPackages() follows extras, also in a circle', async () => {
  using folder = folderWith([
    makeWheel({ name: 'foo', requires: ['bar; extra == "more"'] }),
    makeWheel({ name: 'bar', requires: ['foo'] }),
  ])
  const places = { wheels: folder.path, offline: true }
  expect(await find(['foo'], places)).toEqual(['foo 1.0'])
  expect(await find(['foo[more]'], places)).toEqual(['bar 1.0 (needed)', 'foo 1.0'])
})

test('findPackages() names every package that it lacks, with the reason', async () => {
  using folder = folderWith([
    makeWheel({ name: 'native', tag: 'cp314-cp314-manylinux_2_17_x86_64' }),
    makeWheel({ name: 'old' }),
  ])
  const requirements = ['missing', 'native', 'old>=2']
  expect(await find(requirements, { wheels: folder.path, offline: true })).toEqual([
    problem('missing', 'offline', /has no wheel of it.*off limits.*put its wheel/),
    problem('native', 'offline', /manylinux.*not for this Pyodide \(ABI 2026_0\)/),
    problem('old>=2', 'no-such-version', /there is only 1\.0 in the wheel folder/),
  ])
  expect(await find(['no such', 'x @ https://example.com/x.whl'])).toEqual([
    problem('no such', 'bad-requirement', /./),
    problem('x @ https://example.com/x.whl', 'bad-requirement', /by address/),
  ])
})

test('findPackages() refuses wheels of the folder that are none', async () => {
  using folder = folderWith([
    { fileName: 'foo-1.0-py3-none-any.whl', bytes: Buffer.from('<html>not found</html>') },
  ])
  expect(await find(['foo'], { wheels: folder.path, offline: true })).toEqual([
    problem('foo-1.0-py3-none-any.whl', 'bad-wheel', /zip/),
  ])
})

test('findPackages() takes pure wheels from an index, once, and has them offline from then on', async () => {
  using cache = folderWith()
  const foo = makeWheel({ name: 'foo-bar', version: '1.1', requires: ['dep'] })
  await using index = await serveIndex([
    foo,
    makeWheel({ name: 'foo-bar', version: '1.2', tag: 'cp313-cp313-win_amd64' }),
    { ...makeWheel({ name: 'foo-bar', version: '1.3' }), says: { yanked: 'broken' } },
    { ...makeWheel({ name: 'foo-bar', version: '1.4' }), says: { 'requires-python': '>=3.99' } },
    makeWheel({ name: 'dep' }),
  ])
  const indexUrl = `${index.url}simple`
  const expected = ['dep 1.0 (needed)', 'foo-bar 1.1']
  expect(await findWith(cache.path, ['foo.bar'], { indexUrl })).toEqual(expected)
  expect(index.asked.filter((path) => path.startsWith('/files/')).length).toBe(2)
  expect(await findWith(cache.path, ['foo.bar'], { offline: true })).toEqual(expected)
  const kept = join(cache.path, 'wheels', foo.sha256, foo.fileName)
  expect(readFileSync(kept)).toEqual(Buffer.from(foo.bytes))
  writeFileSync(kept, 'damaged')
  expect(await findWith(cache.path, ['foo.bar'], { offline: true })).toEqual([
    problem(foo.fileName, 'bad-wheel', /damaged in the cache/),
  ])
  expect(await findWith(cache.path, ['foo.bar'], { indexUrl })).toEqual(expected)
})

test('findPackages() refuses a wheel whose hash is not the one that was announced', async () => {
  await using index = await serveIndex([
    { ...makeWheel({ name: 'foo' }), says: { hashes: { sha256: '0'.repeat(64) } } },
    { ...makeWheel({ name: 'bar' }), says: { hashes: { md5: '00' } } },
  ])
  const indexUrl = `${index.url}simple/`
  expect(await find(['foo'], { indexUrl })).toEqual([
    problem('foo-1.0-py3-none-any.whl', 'hash-differs', /0{64} was announced/),
  ])
  expect(await find(['bar'], { indexUrl })).toEqual([problem('bar', 'no-build', /no wheel of it/)])
})

test("findPackages() fetches Pyodide's own build with the hash of its lock file", async () => {
  const wrong = makeWheel({ name: 'six', version: '1.17.0', tag: 'py2.py3-none-any' })
  await using server = await serve((_request, response) => response.end(wrong.bytes))
  const problems = await find(['six'], { distributionUrl: server.url })
  expect(server.asked).toEqual([`/${wrong.fileName}`])
  expect(problems).toEqual([problem(wrong.fileName, 'hash-differs', /six-1\.17\.0.*was announced/)])
  expect(await find(['numpy'])).toEqual([
    problem(
      expect.stringMatching(/^numpy-.*wasm32\.whl$/),
      'no-network',
      /127\.0\.0\.1:9 cannot be reached: (ECONNREFUSED|bad port)/,
    ),
  ])
})

test('findPackages() ends in time, however slowly servers answer, and leads to ever more packages', async () => {
  let packages = 0
  await using drops = await serve((_request, response) => {
    response.setHeader('content-type', 'application/json').write('{"meta":{"api-version":"1.1"},"files":[')
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  })
  await using chain = await serve(({ url = '' }, response) => {
    const name = url.replaceAll('/', '')
    packages += 1
    const wheel = makeWheel({ name, requires: [`${name}x`] })
    if (url.endsWith('.whl')) return void response.end(wheel.bytes)
    const files = [{ filename: wheel.fileName, url: wheel.fileName, hashes: { sha256: wheel.sha256 } }]
    response.setHeader('content-type', 'application/json')
    setTimeout(() => response.end(JSON.stringify({ meta: { 'api-version': '1.1' }, files })), 50)
  })
  for (const { url } of [drops, chain]) {
    const started = performance.now()
    const found = await find(['a'], { indexUrl: url, searchMs: 500 })
    if (url === drops.url) expect(found).toEqual([problem('a', 'no-network', /took longer than 0\.5 s/)])
    expect(performance.now() - started).toBeLessThan(10_000)
  }
  expect(packages).toBeGreaterThan(0)
})
