import { expect, test } from 'vitest'
import { closeAll } from './close-all.ts'

test('closeAll() does every step in order, and reports every failure', async () => {
  const done: number[] = []
  const step = (number: number, fails: boolean) => async () => {
    done.push(number)
    if (fails) throw new Error(`step ${number}`)
  }
  await closeAll(step(1, false), step(2, false))
  await expect(closeAll(step(3, true), step(4, false))).rejects.toThrow('step 3')
  await expect(closeAll(step(5, true), step(6, true))).rejects.toMatchObject({
    errors: [{ message: 'step 5' }, { message: 'step 6' }],
  })
  expect(done).toEqual([1, 2, 3, 4, 5, 6])
})
