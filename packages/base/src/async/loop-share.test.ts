import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { LoopShare } from './loop-share.ts'

test('LoopShare is spent by the work of one turn, and whole again in the next', async () => {
  const share = new LoopShare(5)
  expect(share.spend(() => 'done')).toBe('done')
  expect(share.isSpent).toBe(false)
  share.charge(5)
  expect(share.isSpent).toBe(true)
  await setImmediate()
  expect(share.isSpent).toBe(false)
})

test('LoopShare counts work that throws', () => {
  const share = new LoopShare(1)
  const work = () => {
    const end = performance.now() + 2
    while (performance.now() < end) Math.random()
    throw new Error('no')
  }
  expect(() => share.spend(work)).toThrow('no')
  expect(share.isSpent).toBe(true)
})
