import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { strToU8 } from 'fflate'
import { expect, test } from 'vitest'
import { folderWith, makeWheel } from '../../../test/fixtures/wheels.ts'
import { findPyodide } from '../host/pyodide-package.ts'
import { ImportNames, modulesOfWheel } from './import-names.ts'

const pyodide = findPyodide()

test.each([
  ['PIL', 'pillow'],
  ['PIL.Image', 'pillow'],
  ['cv2', 'opencv-python'],
  ['yaml', 'pyyaml'],
  ['sklearn.linear_model', 'scikit-learn'],
  ['bs4', 'beautifulsoup4'],
  ['docx', 'python-docx'],
  ['google.cloud.storage.blob', 'google-cloud-storage'],
  ['google.protobuf', 'protobuf'],
  ['numpy', 'numpy'],
  ['Some_Thing.part', 'some-thing'],
])('ImportNames: the module %s is brought by %s', async (module, expected) => {
  const names = await ImportNames.load(pyodide, undefined)
  expect(await names.packageOf(module)).toBe(expected)
})

test('ImportNames asks the wheels of a folder what they bring', async () => {
  using folder = folderWith([
    makeWheel({ name: 'house-of-tools', files: { 'tools_of_ours/__init__.py': strToU8('') } }),
    makeWheel({ name: 'single', files: { 'alone.py': strToU8(''), 'native.cpython-314.so': strToU8('') } }),
    makeWheel({ name: 'pyyaml', version: '9' }),
    { fileName: 'broken-1.0-py3-none-any.whl', bytes: strToU8('no archive') },
  ])
  const names = await ImportNames.load(pyodide, folder.path)
  const found = await Promise.all(
    ['tools_of_ours.x', 'alone', 'native', 'yaml', 'broken', 'unknown'].map((name) => names.packageOf(name)),
  )
  expect(found).toEqual(['house-of-tools', 'single', 'single', 'pyyaml', 'broken', 'unknown'])
})

test.each([
  ['nunpy', 'numpy'],
  ['pnadas', 'pandas'],
  ['matplotlb', 'matplotlib'],
  ['requets', 'requests'],
  ['xy', null],
  ['completely_different', null],
])('ImportNames: near %s is %s', async (module, expected) => {
  expect((await ImportNames.load(pyodide, undefined)).nearest(module)).toBe(expected)
})

test('modulesOfWheel() reads the table of contents, and nothing of a file that has none', async () => {
  const files = {
    'a/b/c.py': strToU8(''),
    'd.py': strToU8(''),
    'e/data.txt': strToU8(''),
    '../x.py': strToU8(''),
  }
  const wheel = makeWheel({ name: 'w', files })
  using folder = folderWith([wheel])
  expect([...(await modulesOfWheel(join(folder.path, wheel.fileName)))].sort()).toEqual(['a', 'd'])
  expect(await modulesOfWheel(join(folder.path, 'missing.whl'))).toEqual(new Set())
})

test('modulesOfWheel() takes any bytes for what they are', async () => {
  using folder = folderWith()
  const wheel = makeWheel({ name: 'w', files: { 'd.py': strToU8('') } })
  const path = join(folder.path, 'w.whl')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(wheel.bytes.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 20 }),
      fc.nat(wheel.bytes.length),
      async (changes, length) => {
        const bytes = Uint8Array.from(wheel.bytes)
        for (const [at, value] of changes) bytes[at] = value
        writeFileSync(path, bytes.subarray(0, length))
        for (const name of await modulesOfWheel(path)) expect(name).toMatch(/^[A-Za-z_]\w*$/)
      },
    ),
  )
})
