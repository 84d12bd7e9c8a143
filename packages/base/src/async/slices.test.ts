import { expect, test } from 'vitest'
import { Slices } from './slices.ts'

test('Slices lets others have their turn in long work', async () => {
  const slices = new Slices()
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  // Where others have the core, it takes longer than without them.
  for (const end = performance.now() + 2000; turns < 4 && performance.now() < end; )
    if (slices.over) await slices.next()
  clearInterval(timer)
  expect(turns).toBeGreaterThan(3)
})
