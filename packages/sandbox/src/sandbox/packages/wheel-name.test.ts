import { expect, test } from 'vitest'
import { fitOf, parseWheelName, type WheelTarget } from './wheel-name.ts'

const target: WheelTarget = { python: '3.14.2', abi: '2026_0', arch: 'wasm32' }

test('parseWheelName() takes a name apart', () => {
  expect(parseWheelName('Foo_Bar-1.0+x-7-py2.py3-none-any.whl')).toEqual({
    fileName: 'Foo_Bar-1.0+x-7-py2.py3-none-any.whl',
    name: 'foo-bar',
    version: '1.0+x',
    pythons: ['py2', 'py3'],
    abis: ['none'],
    platforms: ['any'],
  })
})

test.each([
  ['foo-1.0.tar.gz'],
  ['foo-1.0-py3-none-any.whl.exe'],
  ['foo-py3-none-any.whl'],
  ['foo-one-py3-none-any.whl'],
  ['../foo-1.0-py3-none-any.whl'],
  ['a/foo-1.0-py3-none-any.whl'],
  ['.foo-1.0-py3-none-any.whl'],
  ['foo-1.0-py3-none-any\0.whl'],
  [`${'f'.repeat(300)}-1.0-py3-none-any.whl`],
])('parseWheelName(%j) is null', (fileName) => {
  expect(parseWheelName(fileName)).toBeNull()
})

test.each([
  ['py3-none-any', true],
  ['py2.py3-none-any', true],
  ['py314-none-any', true],
  ['py310-none-any', true],
  ['cp314-cp314-pyemscripten_2026_0_wasm32', true],
  ['cp314-abi3-pyemscripten_2026_0_wasm32', true],
  ['cp311-abi3-pyemscripten_2026_0_wasm32', true],
  ['py2-none-any', false],
  ['py315-none-any', false],
  ['cp313-cp313-pyemscripten_2026_0_wasm32', false],
  ['cp314-cp314-pyemscripten_2025_0_wasm32', false],
  ['cp314-cp314t-pyemscripten_2026_0_wasm32', false],
  ['cp314-cp314-manylinux_2_17_x86_64', false],
  ['cp315-abi3-pyemscripten_2026_0_wasm32', false],
  ['pp311-pypy311_pp73-any', false],
])('fitOf() a wheel %s: %s', (tag, fits) => {
  const wheel = parseWheelName(`foo-1.0-${tag}.whl`)
  expect(wheel && fitOf(wheel, target) > 0).toBe(fits)
})

test('fitOf() is larger for a wheel made for this Python', () => {
  const fits = [
    'py3-none-any',
    'cp311-abi3-pyemscripten_2026_0_wasm32',
    'cp314-cp314-pyemscripten_2026_0_wasm32',
  ]
    .map((tag) => parseWheelName(`foo-1.0-${tag}.whl`))
    .map((wheel) => wheel && fitOf(wheel, target))
  expect(fits).toEqual([...fits].sort((one, other) => Number(one) - Number(other)))
})
