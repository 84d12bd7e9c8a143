import { HASH_BYTES, hashesIn, nodeHash, perfectRoot } from './hashes.ts'
import { TILE_WIDTH, type Tile, type TilePlace } from './right-edge.ts'

/** A node that stands over 2^height leaves, the first of them at index * 2^height. */
interface Node {
  readonly height: number
  readonly index: number
}

/** The path from a leaf to the root (RFC 6962, 2.1.1): from its sibling upwards, each subtree as the nodes that make it. */
function pathOf(leaf: number, size: number): Node[][] {
  const path: Node[][] = []
  let [low, high] = [0, size]
  while (high - low > 1) {
    const middle = low + largestPower(high - low - 1)
    path.push(leaf < middle ? nodesOf(middle, high) : nodesOf(low, middle))
    if (leaf < middle) high = middle
    else low = middle
  }
  return path.reverse()
}

/** The largest power of two that is at most this. */
function largestPower(most: number): number {
  let power = 1
  while (power * 2 <= most) power *= 2
  return power
}

/** The perfect subtrees that a subtree consists of, from left to right. */
function nodesOf(low: number, high: number): Node[] {
  const nodes: Node[] = []
  for (let at = low; at < high; ) {
    const width = largestPower(high - at)
    nodes.push({ height: Math.log2(width), index: at / width })
    at += width
  }
  return nodes
}

/** Where the hashes of a node are: in one tile, so many from a place on. */
function placeOf({ height, index }: Node): TilePlace & { readonly first: number; readonly count: number } {
  const count = 2 ** (height % 8)
  const first = index * count
  return {
    ...{ level: Math.floor(height / 8), index: Math.floor(first / TILE_WIDTH) },
    ...{ first: first % TILE_WIDTH, count },
  }
}

/** The tiles that a proof for a leaf in a tree of this size is made of. */
export function tilesForProof(leaf: number, size: number): TilePlace[] {
  const places = new Map<string, TilePlace>()
  for (const node of pathOf(leaf, size).flat()) {
    const { level, index } = placeOf(node)
    places.set(`${level}/${index}`, { level, index })
  }
  return [...places.values()]
}

/** The proof that a leaf is in the tree of this size. @throws RangeError when a tile is missing */
export function inclusionProof(leaf: number, size: number, tiles: readonly Tile[]): Buffer[] {
  if (leaf < 0 || leaf >= size) throw new RangeError(`Cannot prove leaf ${leaf}: the tree has ${size}`)
  return pathOf(leaf, size).map((nodes) => {
    const hashes = nodes.map((node) => hashOf(node, tiles))
    return hashes.reduceRight((right, left) => nodeHash(left, right))
  })
}

function hashOf(node: Node, tiles: readonly Tile[]): Buffer {
  const { level, index, first, count } = placeOf(node)
  const bytes = tiles.find((tile) => tile.level === level && tile.index === index)?.hashes
  const part = bytes?.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES)
  if (part === undefined || part.length !== count * HASH_BYTES)
    throw new RangeError(`Cannot prove the leaf: tile ${level}/${index} lacks hashes from ${first} on`)
  return perfectRoot(hashesIn(part))
}

/** The root that a proof leads to from the hash of a leaf; null when the proof has another length than it must have. */
export function rootOfProof(
  leaf: Buffer,
  { index, size }: { readonly index: number; readonly size: number },
  proof: readonly Buffer[],
): Buffer | null {
  const path = index < size ? pathOf(index, size) : null
  if (path === null || path.length !== proof.length) return null
  let [at, last, root] = [index, size - 1, leaf]
  for (const hash of proof) {
    const isRight = at % 2 === 1 || at === last
    root = isRight ? nodeHash(hash, root) : nodeHash(root, hash)
    if (isRight) while (at % 2 === 0 && at > 0) [at, last] = [at / 2, Math.floor(last / 2)]
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return root
}
