import { expect, test } from 'vitest'
import { RequestTurns } from './request-turns.ts'

test('RequestTurns starts one request in a turn of the event loop, and each lane in its turn', async () => {
  const turns = new RequestTurns()
  const started: string[] = []
  let loops = 0
  let counting = true
  const count = () => {
    loops += 1
    if (counting) setImmediate(count)
  }
  setImmediate(count)
  const enter = async (lane: string, name: string) => {
    await turns.enter(lane)
    started.push(name)
  }
  const many = Array.from({ length: 100 }, (_, n) => enter('many', `many${n}`))
  await enter('one', 'one')
  expect(started).toEqual(['many0', 'one'])
  await Promise.all(many)
  counting = false
  expect(loops).toBeGreaterThanOrEqual(100)
  await enter('one', 'again')
  expect(started.at(-1)).toBe('again')
})

test('RequestTurns takes no longer for many lanes', async () => {
  const turns = new RequestTurns()
  await Promise.all(Array.from({ length: 5000 }, (_, n) => turns.enter(`lane${n}`)))
  await Promise.all(Array.from({ length: 5000 }, () => turns.enter('lane')))
})
