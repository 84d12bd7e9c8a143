import { expect, test } from 'vitest'
import { AttemptLimit } from './attempt-limit.ts'

test('waitSeconds() grows with each failure, for that address at that place', () => {
  let now = 0
  const limit = new AttemptLimit(() => now)
  const waits = []
  for (let attempt = 0; attempt < 9; attempt += 1) {
    waits.push(limit.waitSeconds('ada@example.com', 'here'))
    limit.begin('Ada@example.com', 'here')
  }
  expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8])
  expect(limit.waitSeconds('ada@example.com', 'there')).toBe(0)
  expect(limit.waitSeconds('bob@example.com', 'here')).toBe(0)
  now += 16_000
  expect(limit.waitSeconds('ada@example.com', 'here')).toBe(0)
  limit.succeeded('ada@example.com', 'here')
  limit.begin('ada@example.com', 'here')
  expect(limit.waitSeconds('ada@example.com', 'here')).toBe(0)
})

test('waitSeconds() holds back a place that tries many addresses, and many places that try one', () => {
  const limit = new AttemptLimit(() => 0)
  for (let n = 0; n < 50; n += 1) limit.begin(`user${n}@example.com`, 'one place')
  expect(limit.waitSeconds('another@example.com', 'one place')).toBeGreaterThan(0)
  expect(limit.waitSeconds('another@example.com', 'elsewhere')).toBe(0)
  for (let n = 0; n < 100; n += 1) limit.begin('victim@example.com', `place ${n}`)
  expect(limit.waitSeconds('victim@example.com', 'a new place')).toBeGreaterThan(0)
})

test('waitSeconds() keeps nobody out who signed in from that place before, however others guess', () => {
  const limit = new AttemptLimit(() => 0)
  limit.begin('Admin@example.com', '203.0.113.1')
  limit.succeeded('Admin@example.com', '203.0.113.1')
  for (let n = 0; n < 200; n += 1) {
    limit.begin(`user${n}@example.com`, '203.0.113.1')
    limit.begin('admin@example.com', `198.51.100.${n}`)
  }
  expect(limit.waitSeconds('admin@example.com', '203.0.113.1')).toBe(0)
  expect(limit.waitSeconds('other@example.com', '203.0.113.1')).toBeGreaterThan(0)
  expect(limit.waitSeconds('admin@example.com', '203.0.113.2')).toBeGreaterThan(0)
  for (let n = 0; n < 100; n += 1) limit.begin('admin@example.com', '203.0.113.1')
  expect(limit.waitSeconds('admin@example.com', '203.0.113.1')).toBe(30)
})

test('waitSeconds() takes the addresses of one IPv6 network for one place', () => {
  const limit = new AttemptLimit(() => 0)
  for (let n = 0; n < 60; n += 1) limit.begin(`user${n}@example.com`, `2001:db8:1:2::${n}`)
  expect(limit.waitSeconds('a@example.com', '2001:db8:1:2:3:4:5:6')).toBeGreaterThan(0)
  expect(limit.waitSeconds('a@example.com', '2001:db8:1:3::1')).toBe(0)
})
