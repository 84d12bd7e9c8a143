import { expect, test } from 'vitest'
import { FairPlaces, withGuests } from './fair-places.ts'

const never = new AbortController().signal

test('a place goes to the user who has the fewest, in whatever order they came', async () => {
  const places = new FairPlaces({ max: 2, maxQueue: 100 })
  const order: string[] = []
  const held = [await places.take('eve', never), await places.take('eve', never)]
  // Someone who has nothing running has taken the place for guests.
  await places.take('guest', never)
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

test('who has no place is given one at once, beside those who have all of them, and no second one', async () => {
  const places = new FairPlaces({ max: 2, maxQueue: 100 })
  const [first, second] = [await places.take('eve', never), await places.take('eve', never)]
  expect([first?.isOnly, second?.isOnly]).toEqual([true, false])
  const waiting = places.take('eve', never)
  const guest = await places.take('ada', never)
  expect(guest?.isOnly).toBe(true)
  const controller = new AbortController()
  const more = [places.take('ada', controller.signal), places.take('bob', controller.signal)]
  controller.abort()
  expect(await Promise.all(more)).toEqual([null, null])
  // The place of a guest is none for those who have others.
  guest?.[Symbol.dispose]()
  let given = false
  void waiting.then(() => {
    given = true
  })
  await Promise.resolve()
  expect(given).toBe(false)
  first?.[Symbol.dispose]()
  expect((await waiting)?.isOnly).toBe(false)
  expect([1, 2, 4, 9].map(withGuests)).toEqual([2, 3, 6, 13])
})
