import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fileNameOf, idOfFile } from './session-id.ts'

test('fileNameOf() has one name for each id, also where capital letters are not told apart, and idOfFile() its id', () => {
  const id = fc.stringMatching(/^[\w-]{1,64}$/)
  fc.assert(
    fc.property(id, id, (one, other) => {
      expect(idOfFile(fileNameOf(one))).toBe(one)
      expect(fileNameOf(one).toLowerCase() === fileNameOf(other).toLowerCase()).toBe(one === other)
    }),
  )
  expect(fileNameOf('aB-_9')).toBe('session-a~b-_9')
  const foreign = [
    'session-',
    'session-A',
    'session-a.tmp',
    '.draft-a',
    'session-~',
    'session-a~',
    'a',
    'session-~9',
  ]
  expect(foreign.map(idOfFile)).toEqual(foreign.map(() => null))
})
