import { InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import { addDenial, addGrant } from './grant.ts'

describe('addGrant()', () => {
  test('adds lists up, and nothing takes "all" back', () => {
    expect(addGrant('a,b', undefined)).toEqual(['a', 'b'])
    expect(addGrant('c', ['a', 'b'])).toEqual(['a', 'b', 'c'])
    expect(addGrant('c', true)).toBe(true)
  })

  test.each(['', ' ', 'a,', ',a', 'a,,b'])('refuses %j', (text) => {
    expect(() => addGrant(text, undefined)).toThrow(InvalidArgumentError)
    expect(() => addDenial(text, undefined)).toThrow(InvalidArgumentError)
  })
})

describe('addDenial()', () => {
  test('adds lists up, and reads "none" as the empty list', () => {
    expect(addDenial('10.0.0.0/8', undefined)).toEqual(['10.0.0.0/8'])
    expect(addDenial('a,b', ['10.0.0.0/8'])).toEqual(['10.0.0.0/8', 'a', 'b'])
    expect(addDenial('none', undefined)).toEqual([])
  })

  test.each<[string, string[] | undefined]>([
    ['none,a', undefined],
    ['none', ['a']],
    ['a', []],
    ['none', []],
  ])('refuses %j after %j: it would undo what was meant', (text, earlier) => {
    expect(() => addDenial(text, earlier)).toThrow(InvalidArgumentError)
  })
})
