import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exactJson, InexactNumberError, inexactMember, parseExactJson, withoutBigInts } from './exact-json.ts'
import { BODY_BOUNDS } from './json-text.ts'

const parse = (text: string) => parseExactJson(text, BODY_BOUNDS)

describe('exactJson()', () => {
  test('writes each BigInt as the number that it is', () => {
    expect(exactJson({ id: 1234567890123456789n, list: [-(2n ** 64n), 1n, '5n'] })).toBe(
      '{"id":1234567890123456789,"list":[-18446744073709551616,1,"5n"]}',
    )
    expect(exactJson(undefined)).toBeUndefined()
  })

  test.each([2 ** 53, 2 ** 60, -1e20])('refuses %d, which stands for its neighbours as well', (value) => {
    expect(() => exactJson({ deep: [{ id: value }] })).toThrow(InexactNumberError)
    expect(() => exactJson({ deep: [{ id: value }] })).toThrow('at "id"')
  })

  test.each([Number.MAX_SAFE_INTEGER, 1e21, 1e300, 0.1, 12345678.123456789])('writes %d as ever', (value) => {
    expect(exactJson([value])).toBe(JSON.stringify([value]))
  })

  test('is JSON.stringify() of whatever has no large number', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        let text: string | undefined
        try {
          text = exactJson(value)
        } catch (error) {
          expect(error).toBeInstanceOf(InexactNumberError)
          return
        }
        expect(text).toBe(JSON.stringify(value))
      }),
    )
  })
})

describe('parseExactJson()', () => {
  const exact: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.constant(null),
      fc.string(),
      fc.bigInt({ min: 2n ** 53n }),
      fc.bigInt({ max: -(2n ** 53n) }),
      fc.integer(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((name) => name !== '__proto__'),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  })).value

  test('reads back what exactJson() writes', () => {
    fc.assert(
      fc.property(exact, (value) => {
        expect(parse(exactJson(value) ?? '')).toEqual(value)
      }),
    )
  })

  test('takes no text for a number', () => {
    const value = ['12345678901234567890', '"\\12345678901234567890', 1.5e300]
    expect(parse(JSON.stringify([...value, 1]))).toEqual([...value, 1])
  })
})

test('withoutBigInts() has large numbers as results of Python have them', () => {
  expect(withoutBigInts({ a: [2n ** 60n, 1] })).toEqual({ a: [{ type: 'int', repr: String(2n ** 60n) }, 1] })
})

test.each([
  ['{"globals": {"id": 1234567890123456789}}', ' {"id": 1234567890123456789}'],
  ['{"globals":{"id":1.0},"x":[1.0]}', '{"id":1.0}'],
  ['{"\\u0067lobals":[1e2]}', '[1e2]'],
  ['{"globals":{"a":1},"globals":{"a":1.0}}', '{"a":1.0}'],
  ['{"globals":{"a":1.0},"globals":{"a":1}}', null],
  ['{"globals":{"a":1.5,"b":"12345678901234567890"}}', null],
  ['{"x":{"globals":1.0},"globals":{"a":"\\",1.0"}}', null],
  ['{"code":"globals","args":["globals",1.0]}', null],
  ['[1.0]', null],
])('inexactMember() of %s is %j', async (text, expected) => {
  expect(await inexactMember(text, 'globals')).toBe(expected)
})

test('inexactMember() of a long text leaves turns of the event loop to others', async () => {
  const list = `[${Array(200_000).fill('0.8414709848078965').join()}]`
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 0)
  expect(await inexactMember(`{"code":"1","globals":${list}}`, 'globals')).toBeNull()
  expect(await inexactMember(`{"code":"1","globals":${list.replace(']', ',1.0]')}}`, 'globals')).toBe(
    list.replace(']', ',1.0]'),
  )
  clearInterval(timer)
  expect(turns).toBeGreaterThan(4)
})
