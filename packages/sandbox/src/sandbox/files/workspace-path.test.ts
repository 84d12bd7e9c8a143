import { expect, test } from 'vitest'
import { InvalidOptionsError } from '../errors/errors.ts'
import { workspacePath } from './workspace-path.ts'

test('workspacePath() refuses what is no text and no path of a file, by its kind', () => {
  for (const given of [
    null,
    undefined,
    5,
    5n,
    true,
    Symbol('s'),
    {},
    ['a'],
    new URL('file:///a'),
    () => 'a',
  ]) {
    const refused = expect(() => workspacePath(given as unknown as string), typeof given)
    refused.toThrow(InvalidOptionsError)
    refused.toThrow(/"path": must be a string, got a value of the type \w+$/)
  }
  expect(() => workspacePath('../a')).toThrow(/"path": must not contain "\.\.", got "\.\.\/a"$/)
  expect(workspacePath('a/b')).toBe('/workspace/a/b')
  expect(workspacePath('/workspace/a')).toBe('/workspace/a')
  expect(workspacePath('')).toBe('/workspace')
})
