const MOST_OF_PAGE = 100
/** As many as a page of the console bears. */
export const MOST_LISTED = 1000

interface Wish {
  readonly limit: number
  readonly cursor: string | undefined
}

interface Some<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}

/** What was read of a list, and whether there is more. */
export interface Read<Item> {
  readonly items: Item[]
  readonly isCut: boolean
}

/** Reads a list page by page, and says whether there is more than was asked for. */
export async function mostItems<Item>(
  read: (wish: Wish) => Promise<Some<Item>>,
  most: number,
): Promise<Read<Item>> {
  const found: Item[] = []
  for (let cursor: string | undefined; ; ) {
    const { items, nextCursor } = await read({ limit: MOST_OF_PAGE, cursor })
    found.push(...items)
    if (nextCursor === null || found.length >= most)
      return { items: found.slice(0, most), isCut: nextCursor !== null || found.length > most }
    cursor = nextCursor
  }
}

/** The items of a list, up to a thousand of them. */
export async function everyItem<Item>(read: (wish: Wish) => Promise<Some<Item>>): Promise<Read<Item>> {
  return await mostItems(read, MOST_LISTED)
}
