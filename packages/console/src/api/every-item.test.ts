import { expect, test } from 'vitest'
import { everyItem, mostItems } from './every-item.ts'

/** A list of so many numbers, as the service gives it. */
const listOf =
  (size: number) =>
  async ({ limit, cursor = '0' }: { readonly limit: number; readonly cursor: string | undefined }) => {
    const [from, end] = [Number(cursor), Math.min(size, Number(cursor) + limit)]
    const items = Array.from({ length: end - from }, (_, index) => from + index)
    return { items, nextCursor: end < size ? String(end) : null }
  }

test.each([
  [0, 0, false],
  [100, 100, false],
  [101, 101, false],
  [1000, 1000, false],
  [1001, 1000, true],
])(
  'everyItem() of %d gives %d of them, in their order, and whether there are more: %s',
  async (size, given, cut) => {
    const { items, isCut } = await everyItem(listOf(size))
    expect(isCut).toBe(cut)
    expect(items).toEqual(Array.from({ length: given }, (_, index) => index))
  },
)

test.each([
  [150, 150, false],
  [151, 150, true],
  [200, 150, true],
])('mostItems() of %d gives %d, and whether there are more: %s', async (size, given, isCut) => {
  const found = await mostItems(listOf(size), 150)
  expect(found).toMatchObject({ isCut })
  expect(found.items).toHaveLength(given)
})
