import { expect, test } from 'vitest'
import { InvalidOptionsError } from '../errors/errors.ts'
import { EntryRefusal, parseEntries, quoted } from './entries.ts'

test('parseEntries() names every entry that was refused, by its place in the list', () => {
  const parse = (entry: string) => {
    if (entry === 'bad') throw new EntryRefusal('is bad')
    return entry
  }
  const entries: string[] = JSON.parse('["good", "bad", "", 7]')
  try {
    parseEntries('allowRead', entries, parse)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError)
    expect(error).toMatchObject({
      code: 'invalid-options',
      problems: [
        { path: 'allowRead[1]', problem: '"bad" is bad' },
        { path: 'allowRead[2]', problem: '"" is empty' },
        { path: 'allowRead[3]', problem: 'a value of type number is not a string' },
      ],
    })
  }
})

test('parseEntries() lets an error that is no refusal through', () => {
  const broken = new RangeError('broken')
  expect(() =>
    parseEntries('allowRead', ['x'], () => {
      throw broken
    }),
  ).toThrow(broken)
})

test('quoted() shows what a terminal would act on or hide, and cuts', () => {
  expect(quoted('a\u001b[2J\0b\u202ec\u200bd\u0085')).toBe(
    String.raw`"a\u001b[2J\u0000b\u{202e}c\u{200b}d\u{85}"`,
  )
  expect(quoted('münchen.de')).toBe('"münchen.de"')
  expect(quoted('x'.repeat(1000))).toHaveLength(105)
})
