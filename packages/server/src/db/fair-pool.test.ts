import { expect, test } from 'vitest'
import { FairPool } from './fair-pool.ts'
import { inLane } from './lanes.ts'

test('FairPool gives each line its turn, however long another one is, and goes on after what fails', async () => {
  const failing = { max: 1, host: '127.0.0.1', port: 1 }
  await using pool = ended(new FairPool(failing))
  const order: string[] = []
  const ask = (lane: string, name: string) =>
    inLane(lane, async () => {
      await expect(pool.it.query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      order.push(name)
    })
  const many = Array.from({ length: 5 }, (_, n) => ask('user one', `one ${n}`))
  expect(pool.it.queued).toBe(4)
  await Promise.all([...many, ask('user two', 'two'), ask('user three', 'three')])
  expect(order).toEqual(['one 0', 'one 1', 'two', 'three', 'one 2', 'one 3', 'one 4'])
  expect(pool.it.queued).toBe(0)
})

function ended(it: FairPool): AsyncDisposable & { readonly it: FairPool } {
  return { it, [Symbol.asyncDispose]: () => it.end() }
}
