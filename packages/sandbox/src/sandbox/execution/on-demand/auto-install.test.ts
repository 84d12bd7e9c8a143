import { expect, test } from 'vitest'
import { autoInstallSchema } from '../../packages/auto-install-option.ts'
import { allowedRequirement } from './import-packages.ts'

test.for([
  ['numpy', true, 'numpy'],
  ['numpy>=2', true, 'numpy>=2'],
  ['numpy', [], null],
  ['numpy', ['pandas'], null],
  ['numpy', ['pandas', 'NumPy'], 'numpy'],
  ['numpy>=2', ['numpy'], 'numpy>=2'],
  ['numpy>=2', ['numpy<2'], 'numpy<2'],
  ['scikit-learn', ['scikit_learn ~= 1.0'], 'scikit_learn ~= 1.0'],
  ['numpyx', ['numpy'], null],
  ['numpy', ['numpy two'], null],
  ['numpy @ https://example.com/numpy.whl', ['numpy'], null],
] as const)('allowedRequirement(%j, %j) is %j', ([wanted, autoInstall, expected]) => {
  expect(allowedRequirement(wanted, autoInstall)).toBe(expected)
})

test('autoInstall refuses what is no requirement', () => {
  expect(autoInstallSchema().safeParse(['numpy>=2']).success).toBe(true)
  for (const wrong of [['-r x'], [''], [1], 'numpy', ['a'.repeat(2000)]])
    expect(autoInstallSchema().safeParse(wrong).success).toBe(false)
})
