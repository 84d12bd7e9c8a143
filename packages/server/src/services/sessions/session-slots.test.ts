import { expect, test } from 'vitest'
import { SessionSlots } from './session-slots.ts'

const never = () => expect.unreachable()

test('take() gives slots in the order in which they are asked for, and asks for room when there is none', async () => {
  const slots = new SessionSlots(2)
  await slots.take(never)
  await slots.take(never)
  const told: string[] = []
  const waiting = ['a', 'b'].map((name) =>
    slots.take(() => told.push(`room for ${name}`)).then(() => told.push(name)),
  )
  expect(slots.wanted).toBe(true)
  slots.give()
  await waiting[0]
  expect(told).toEqual(['room for a', 'room for b', 'a'])
  slots.give()
  await waiting[1]
  expect(slots.wanted).toBe(false)
  slots.give()
  await slots.take(never)
})

test('a caller who waits too long is told to come back, and takes no slot', async () => {
  const slots = new SessionSlots(1, 10)
  await slots.take(never)
  await expect(slots.take(() => {})).rejects.toMatchObject({ code: 'overloaded' })
  expect(slots.wanted).toBe(false)
  slots.give()
  await slots.take(never)
})
