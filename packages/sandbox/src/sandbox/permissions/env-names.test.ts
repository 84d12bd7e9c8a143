import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InvalidOptionsError } from '../errors/errors.ts'
import { parseEnvNames, resolveEnv } from './env-names.ts'

const env = { HOME: '/home/me', EMPTY: '', UNSET: undefined, 'odd(name)': '1', '=C:': 'C:\\', __proto_: 'x' }

test.each([
  [false, {}],
  [[], {}],
  [['HOME'], { HOME: '/home/me' }],
  [['HOME', 'HOME', 'EMPTY'], { HOME: '/home/me', EMPTY: '' }],
  [['UNSET', 'MISSING'], {}],
  [['constructor', 'toString', '__proto__'], {}],
  [['home'], {}],
  [true, { HOME: '/home/me', EMPTY: '', 'odd(name)': '1', __proto_: 'x' }],
])('resolveEnv(%j) gives %j', (grant, expected) => {
  const values = resolveEnv(grant, env)
  expect({ ...values }).toEqual(expected)
  expect(Object.getPrototypeOf(values)).toBeNull()
})

test('resolveEnv() takes a variable that is called like a property of objects', () => {
  const odd = Object.fromEntries([
    ['constructor', 'a'],
    ['__proto__', 'b'],
  ])
  expect(Object.entries(resolveEnv(['constructor', '__proto__'], odd))).toEqual(Object.entries(odd))
})

test.each([
  ['', 'is empty'],
  ['A,B', 'holds a comma'],
  ['*', 'holds a wildcard'],
  ['AWS_*', 'holds a wildcard'],
  ['A=b', 'holds "="'],
  ['A\0', 'is not a name'],
  ['A\n', 'is not a name'],
  ['A B', 'is not a name'],
  ['1A', 'is not a name'],
  ['A-B', 'is not a name'],
  ['Ä', 'is not a name'],
])('parseEnvNames() refuses %j: %s', (entry, reason) => {
  try {
    parseEnvNames(['OK', entry])
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError)
    expect(error).toMatchObject({
      problems: [{ path: 'allowEnv[1]', problem: expect.stringContaining(reason) }],
    })
  }
})

test('resolveEnv() gives no variable that the list does not name', () => {
  const name = fc.oneof(
    fc.stringMatching(/^[A-C_][A-C_\d]?$/),
    fc.string({ maxLength: 3 }),
    fc.constantFrom('__proto__', 'constructor', 'A,B', '*'),
  )
  fc.assert(
    fc.property(fc.array(name, { maxLength: 5 }), fc.dictionary(name, fc.string()), (list, env) => {
      try {
        const values = resolveEnv(list, env)
        const names = list.filter((each) => Object.hasOwn(env, each))
        expect(Object.keys(values).sort()).toEqual([...new Set(names)].sort())
        for (const each of names) expect(values[each]).toBe(env[each])
        for (const each of Object.keys(values)) expect(each).toMatch(/^[A-Za-z_][A-Za-z\d_]*$/)
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidOptionsError)
        expect(list.some((each) => !/^[A-Za-z_][A-Za-z\d_]*$/.test(each))).toBe(true)
      }
    }),
    { numRuns: 10_000 },
  )
})
