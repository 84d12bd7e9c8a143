import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { strToU8 } from 'fflate'
import { afterAll, expect, test } from 'vitest'
import {
  ImageBuildError,
  PackageError,
  PyodideSandbox,
  type SandboxOptions,
} from '../../src/sandbox/index.ts'
import { cacheWithBase } from '../fixtures/cache.ts'
import { makeNativeWheel } from '../fixtures/native-wheel.ts'
import { program } from '../fixtures/program.ts'
import { denoProcesses } from '../fixtures/sandbox.ts'
import { folderWith, makeWheel, type TestWheel } from '../fixtures/wheels.ts'

const cache = cacheWithBase()
afterAll(() => cache[Symbol.dispose]())

/** A sandbox with a cache of this file's own and packages out of a folder. */
function sandboxWith(options: SandboxOptions): PyodideSandbox {
  return new PyodideSandbox({ cacheDir: cache.path, offline: true, pool: { min: 0, max: 2 }, ...options })
}

/** What becomes of a sandbox with this wheel. */
async function failureOf(wheel: TestWheel): Promise<unknown> {
  using folder = folderWith([wheel])
  const name = wheel.fileName.split('-')[0] ?? ''
  await using sandbox = sandboxWith({ packages: [name], wheels: folder.path })
  return await sandbox.execute('1').catch((error: unknown) => error)
}

const shapes = makeWheel({
  name: 'shapes',
  requires: ['inches'],
  files: {
    'shapes/__init__.py': strToU8('import inches\nfrom . import round\ncount = 0\n'),
    'shapes/round.py': strToU8('def area(r):\n    return inches.pi * r\nimport inches\n'),
    'shapes/late.py': strToU8('here = True\n'),
    'shapes/data/table.txt': strToU8('one\ntwo\n'),
    'shapes/größe mit leerzeichen.txt': strToU8('groß'),
  },
})
const inches = makeWheel({ name: 'inches', files: { 'inches.py': strToU8('pi = 3\n') } })

test('packages are imported already, with what they need, their files and modules not imported yet', async () => {
  using folder = folderWith([shapes, inches])
  const stages: string[] = []
  await using sandbox = sandboxWith({
    packages: ['shapes'],
    wheels: folder.path,
    onProgress: ({ stage }) => stages.push(stage),
  })
  const code = program('packages/imported-already')
  const names = ['__init__.py', 'data', 'größe mit leerzeichen.txt', 'late.py', 'round.py']
  const expected = [true, false, true, 6, 1, names, ['one', 'two'], 'groß', '1.0']
  expect(await sandbox.execute(code)).toMatchObject({ error: null, result: expected })
  expect(sandbox.packages).toEqual(['shapes'])
  expect(stages.at(-1)).toBe('image is ready')
  // Nothing that a program does to a package is there for the next one.
  const vandal = `import shapes, shutil, os; shapes.count = 9; shutil.rmtree(os.path.dirname(shapes.__file__)); 1`
  expect(await sandbox.execute(vandal)).toMatchObject({ error: null, result: 1 })
  expect(await sandbox.execute(code)).toMatchObject({ error: null, result: expected })
  await using again = sandboxWith({
    packages: ['shapes'],
    wheels: folder.path,
    onProgress: ({ stage }) => stages.push(`again: ${stage}`),
  })
  expect(await again.execute('import shapes; shapes.count')).toMatchObject({ result: 0 })
  expect(stages.filter((stage) => stage.startsWith('again'))).toEqual([])
})

test('a package can be changed, extended and added to in a worker, and files of it be read in pieces', async () => {
  using folder = folderWith([shapes, inches])
  await using sandbox = sandboxWith({ packages: ['shapes'], wheels: folder.path })
  const code = program('packages/changed-package')
  expect(await sandbox.execute(code)).toMatchObject({
    error: null,
    result: ['tw', 'one\ntwo\nthree\n', 5, false, 4, 'here'],
  })
})

test('native modules are in place again: their memory, their functions, what they share with Python', async () => {
  using folder = folderWith([makeNativeWheel()])
  await using sandbox = sandboxWith({ packages: ['tiny_native'], wheels: folder.path })
  const code = `
import sys
known = 'tiny_native._core' in sys.modules
import tiny_native as t
try:
    t.fail()
except ValueError as error:
    failure = str(error)
[known, t.bump(), t.bump(), t.answer(), failure]`
  for (const _run of [1, 2])
    expect(await sandbox.execute(code)).toMatchObject({
      error: null,
      result: [true, 41, 42, 42, 'out of luck'],
    })
})

test('a native module that was not imported for the image can be imported later', async () => {
  using folder = folderWith([makeNativeWheel(), makeWheel({ name: 'user', requires: ['tiny-native'] })])
  await using sandbox = sandboxWith({ packages: ['user'], wheels: folder.path })
  const code = `
import sys
known = 'tiny_native' in sys.modules
import tiny_native as t
[known, t.bump(), t.answer()]`
  expect(await sandbox.execute(code)).toMatchObject({ error: null, result: [false, 41, 42] })
})

const hostile = (files: Parameters<typeof makeWheel>[0]['files']) =>
  makeWheel({ name: 'evil', files: { 'evil.py': strToU8(''), ...files } })

test.each<[string, TestWheel, RegExp]>([
  ['climbs out', hostile({ '../../evil.py': strToU8('') }), /"\.\.\/\.\.\/evil\.py" leads out of its folder/],
  ['climbs out from below', hostile({ 'evil/../../x.py': strToU8('') }), /leads out of its folder/],
  ['has an absolute path', hostile({ '/lib/evil.py': strToU8('') }), /leads out of its folder/],
  ['has a path of Windows', hostile({ 'C:\\evil.py': strToU8('') }), /no file name/],
  [
    'has a link',
    hostile({ 'link.py': [strToU8('/etc'), { os: 3, attrs: 0o120777 << 16 }] }),
    /a link or a device/,
  ],
  ['has a file that is a folder', hostile({ 'evil.py/x.py': strToU8('') }), /a file and a folder at once/],
  [
    'holds a bomb',
    hostile({ 'zeros.bin': new Uint8Array(2 ** 30 + 1) }),
    /bytes unpacked, at most 1073741824/,
  ],
  [
    'raises when it is imported',
    makeWheel({ name: 'evil', files: { 'evil.py': strToU8('1/0') } }),
    /ZeroDivisionError/,
  ],
])('a wheel that %s is refused with the reason', async (_what, wheel, detail) => {
  const error = await failureOf(wheel)
  expect(error).toBeInstanceOf(PackageError)
  expect((error as PackageError).problems).toEqual([
    expect.objectContaining({ requirement: wheel.fileName, detail: expect.stringMatching(detail) }),
  ])
  expect(readdirSync(join(cache.path, 'images')).filter((name) => name.startsWith('.'))).toEqual([])
  expect(denoProcesses()).toEqual([])
})

test('a wheel whose entry is larger than it says is refused', async () => {
  const { fileName, bytes } = hostile({ 'zeros.bin': new Uint8Array(100_000) })
  const text = Buffer.from(bytes)
  const directory = text.lastIndexOf('zeros.bin') - 46
  text.writeUInt32LE(10, directory + 24)
  expect(await failureOf({ fileName, bytes: text, sha256: '' })).toMatchObject({
    code: 'package-unavailable',
  })
})

test('code of a package that runs while the image is built is behind the walls, too', async () => {
  const spy = program('packages/spy')
  using folder = folderWith([makeWheel({ name: 'spy', files: { 'spy.py': strToU8(spy) } })])
  await using sandbox = sandboxWith({ packages: ['spy'], wheels: folder.path })
  const { result, error } = await sandbox.execute('import spy; spy.found')
  expect(error).toBeNull()
  const denied = expect.stringMatching(/NotCapable|EvalError|Requires/)
  expect(result).toEqual([denied, denied, denied, denied, denied, denied])
  expect(existsSync('/tmp/agentchat-was-here')).toBe(false)
})

test('a package that holds on to JavaScript cannot be kept, and the error says so', async () => {
  const wheel = makeWheel({
    name: 'evil',
    files: { 'evil.py': strToU8('from js import Object\nkept = Object.new()') },
  })
  expect(await failureOf(wheel)).toMatchObject({
    code: 'image-build-failed',
    message: expect.stringMatching(/hold an object of JavaScript, which an image cannot keep/),
  })
})

test('a wheel that ends the process while it is imported is an error of the build', async () => {
  const wheel = makeWheel({ name: 'evil', files: { 'evil.py': strToU8('import os; os._exit(3)') } })
  expect(await failureOf(wheel)).toBeInstanceOf(ImageBuildError)
  expect(denoProcesses()).toEqual([])
})

test('a package that takes more memory than an image may hold is an error of the build', async () => {
  const code = 'held = [bytearray(2 ** 26) for _ in range(20)]'
  const wheel = makeWheel({ name: 'evil', files: { 'evil.py': strToU8(code) } })
  expect(await failureOf(wheel)).toMatchObject({
    code: 'package-unavailable',
    problems: [{ kind: 'not-importable', detail: expect.stringMatching(/MemoryError/) }],
  })
  expect(denoProcesses()).toEqual([])
})

test('a package that cannot be had is thrown each time, and nothing stays behind', async () => {
  using folder = folderWith([inches])
  await using sandbox = sandboxWith({ packages: ['inches', 'outches'], wheels: folder.path })
  for (const _attempt of [1, 2]) {
    const error: unknown = await sandbox.execute('1').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'package-unavailable',
      problems: [{ requirement: 'outches', kind: 'offline' }],
    })
  }
  // What is missing may come.
  using more = folderWith([inches, makeWheel({ name: 'outches' })])
  await using other = sandboxWith({ packages: ['inches', 'outches'], wheels: more.path })
  expect(await other.execute('import inches, outches; outches.version')).toMatchObject({ result: '1.0' })
})

test('an image with packages that is gone is made again, and so is the cache of wheels', async () => {
  using folder = folderWith([shapes, inches])
  const options: SandboxOptions = { packages: ['shapes<9'], wheels: folder.path }
  {
    await using sandbox = sandboxWith(options)
    expect(await sandbox.execute('import shapes; 1')).toMatchObject({ result: 1 })
  }
  for (const gone of ['images', 'wheels']) {
    rmSync(join(cache.path, gone), { recursive: true })
    await using sandbox = sandboxWith(options)
    expect(await sandbox.execute('import shapes; 2')).toMatchObject({ result: 2 })
  }
})
