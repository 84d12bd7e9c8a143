/** Reads what has an index in parts, and gives what stands at one; null where nothing does. Indices are asked for in order. */
export function inOrder<Item extends { readonly index: number }>(
  read: (from: number) => Promise<readonly Item[]>,
): (index: number) => Promise<Item | null> {
  let [part, at]: [readonly Item[], number] = [[], 0]
  let isEnd = false
  return async (index) => {
    for (;;) {
      while ((part[at]?.index ?? index) < index) at += 1
      const item = part[at]
      if (item !== undefined) return item.index === index ? item : null
      if (isEnd) return null
      part = await read(index)
      at = 0
      isEnd = part.length === 0
    }
  }
}
