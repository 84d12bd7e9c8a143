import { expect, test } from 'vitest'
import { FairPlaces } from './fair-places.ts'

const never = new AbortController().signal

test('a place goes to the user who has the fewest, whoever came first', async () => {
  const places = new FairPlaces({ max: 2, maxQueue: 100 })
  const order: string[] = []
  const held = [await places.take('eve', never), await places.take('eve', never)]
  const waiting = ['eve', 'eve', 'eve', 'ada', 'bob'].map(async (user, index) => {
    const place = await places.take(user, never)
    order.push(`${user} ${index}`)
    return place
  })
  for (const place of held) place?.[Symbol.dispose]()
  await Promise.resolve()
  await expect.poll(() => order).toEqual(['ada 3', 'bob 4'])
  for (const each of waiting) void each.then((place) => place?.[Symbol.dispose]())
  await Promise.all(waiting)
  expect(order.slice(2)).toEqual(['eve 0', 'eve 1', 'eve 2'])
})

test('no line takes more room than it leaves, and what is aborted leaves its line', async () => {
  const places = new FairPlaces({ max: 1, maxQueue: 8 })
  const first = await places.take('eve', never)
  const controller = new AbortController()
  const waiting = Array.from({ length: 4 }, () => places.take('eve', controller.signal))
  await expect(places.take('eve', never)).rejects.toMatchObject({ code: 'overloaded' })
  const ada = places.take('ada', never)
  controller.abort()
  expect(await Promise.all(waiting)).toEqual([null, null, null, null])
  first?.[Symbol.dispose]()
  const place = await ada
  expect(place).not.toBeNull()
  place?.[Symbol.dispose]()
  expect(await places.take('eve', AbortSignal.abort())).toBeNull()
  expect(await places.take('eve', never)).not.toBeNull()
})
