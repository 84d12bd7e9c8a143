import { expect, test } from 'vitest'
import { StartLimit } from './start-limit.ts'

function limitAt() {
  const clock = { now: 0 }
  const limit = new StartLimit(() => clock.now)
  const taken = (place: string, count: number) =>
    Array.from({ length: count }, () => limit.take(place)).filter((wait) => wait === 0).length
  return { clock, limit, taken }
}

test('StartLimit gives a place so many starts, and one more every three seconds', () => {
  const { clock, limit, taken } = limitAt()
  expect(taken('192.0.2.1', 100)).toBe(60)
  expect(limit.take('192.0.2.1')).toBe(3)
  expect(taken('192.0.2.2', 100)).toBe(60)
  clock.now += 9000
  expect(taken('192.0.2.1', 100)).toBe(3)
  clock.now += 3_600_000
  expect(taken('192.0.2.1', 100)).toBe(60)
})

test('StartLimit takes a network of IPv6 for one place, and bounds all places together', () => {
  const { taken } = limitAt()
  expect(taken('2001:db8::1', 40) + taken('2001:db8::2', 40)).toBe(60)
  const places = Array.from({ length: 1000 }, (_, n) => `198.51.${n % 100}.${Math.floor(n / 100)}`)
  expect(places.reduce((sum, place) => sum + taken(place, 1), 0)).toBe(540)
})

test('StartLimit remembers a bounded number of places', () => {
  const { clock, taken } = limitAt()
  for (let n = 0; n < 100_000; n += 1) {
    clock.now += 100
    taken(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 1)
  }
  expect(taken('10.0.0.0', 100)).toBeLessThanOrEqual(60)
})
