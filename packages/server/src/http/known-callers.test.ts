import { expect, test } from 'vitest'
import { KnownCallers } from './known-callers.ts'

const key = (text: string) => ({ authorization: `Bearer ${text}` })

test('KnownCallers gives those who are known a line of their own, whatever they present, and strangers that of their address', () => {
  const callers = new KnownCallers()
  callers.note('Bearer a', 'usr_1')
  callers.note('cookie=1', 'usr_1')
  expect(callers.laneOf(key('a'), '192.0.2.1')).toBe('user usr_1')
  expect(callers.laneOf({ cookie: 'cookie=1' }, '192.0.2.2')).toBe('user usr_1')
  const lanes = Array.from({ length: 1000 }, (_, n) => callers.laneOf(key(`made-up-${n}`), '192.0.2.1'))
  expect(new Set(lanes)).toEqual(new Set(['at 192.0.2.1']))
  expect(callers.laneOf({}, '2001:db8::1')).toBe(callers.laneOf({}, '2001:db8::2'))
})

test('KnownCallers remembers those who came lately, and a bounded number of them', () => {
  const callers = new KnownCallers()
  callers.note('Bearer first', 'usr_first')
  for (let n = 0; n < 20_000; n += 1) callers.note(`Bearer ${n}`, `usr_${n}`)
  expect(callers.laneOf(key('first'), '192.0.2.1')).toBe('at 192.0.2.1')
  expect(callers.laneOf(key('19999'), '192.0.2.1')).toBe('user usr_19999')
})
