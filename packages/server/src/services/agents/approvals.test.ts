import { expect, test } from 'vitest'
import { Approvals } from './approvals.ts'

const NEVER = new AbortController().signal

test('Approvals gives each call one decision', async () => {
  const approvals = new Approvals()
  expect(approvals.decide('a', { allow: true })).toBe('unknown')
  const [a, b, c] = ['a', 'b', 'c'].map((call) => approvals.wait(call, NEVER))
  expect(approvals.decide('a', { allow: true })).toBe('given')
  expect(approvals.decide('b', { allow: false, reason: 'why' })).toBe('given')
  expect(approvals.decide('c', { allow: false })).toBe('given')
  expect(await Promise.all([a, b, c])).toEqual(['allow', { deny: 'why' }, { deny: 'it was refused' }])
  expect(approvals.decide('a', { allow: false })).toBe('over')
})

test('Approvals refuses what nobody waits for any more', async () => {
  const approvals = new Approvals()
  const stop = new AbortController()
  const waiting = approvals.wait('a', stop.signal)
  stop.abort()
  expect(await waiting).toMatchObject({ deny: expect.any(String) })
  expect(approvals.decide('a', { allow: true })).toBe('over')
  expect(await approvals.wait('b', stop.signal)).toMatchObject({ deny: expect.any(String) })
})
