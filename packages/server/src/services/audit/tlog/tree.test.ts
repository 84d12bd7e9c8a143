import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EMPTY_ROOT, leafHash, nodeHash } from './hashes.ts'
import { inclusionProof, rootOfProof, tilesForProof } from './inclusion.ts'
import { edgePlaces, RightEdge, type Tile } from './right-edge.ts'

const leavesOf = (count: number) => Array.from({ length: count }, (_, n) => leafHash(Buffer.from(`${n}`)))

/** RFC 6962, 2.1, word for word. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  const [first, second] = leaves
  if (first === undefined) return EMPTY_ROOT
  if (second === undefined) return first
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)))
}

/** A tree that has grown in batches, with all its tiles. */
function grown(leaves: readonly Buffer[], batches: readonly number[]) {
  const tiles = new Map<string, Tile>()
  let edge = new RightEdge()
  for (let at = 0, n = 0; at < leaves.length; n += 1) {
    const size = batches[n % batches.length] ?? 1
    for (const tile of edge.append(leaves.slice(at, at + size)))
      tiles.set(`${tile.level}/${tile.index}`, tile)
    at += size
    // As another service goes on with it.
    edge = RightEdge.from(edge.size, [...tiles.values()])
  }
  return { edge, tiles: [...tiles.values()] }
}

test('RightEdge has the root of RFC 6962, however a tree has grown', () => {
  const batches = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1400 }), batches, (count, sizes) => {
      const leaves = leavesOf(count)
      expect(grown(leaves, sizes).edge.root()).toEqual(rootOf(leaves))
    }),
    { numRuns: 40 },
  )
})

test('RightEdge makes the tiles of a tree of 70,000 as C2SP counts them', () => {
  const { edge, tiles } = grown(leavesOf(70_000), [8192])
  const widths = (level: number) =>
    tiles.filter((tile) => tile.level === level).map(({ hashes }) => hashes.length / 32)
  expect(widths(0)).toEqual([...Array(273).fill(256), 112])
  expect(widths(1)).toEqual([256, 17])
  expect(widths(2)).toEqual([1])
  expect(edgePlaces(70_000).map(({ width }) => width)).toEqual([112, 17, 1])
  expect(() => RightEdge.from(edge.size + 1, tiles)).toThrow(
    'tile 0/273 holds 112 hashes, size 70001 needs 113',
  )
})

test('inclusionProof() of each leaf leads to the root; of another leaf, place or size it does not', () => {
  const leaves = leavesOf(70_000)
  const { edge, tiles } = grown(leaves, [4096])
  const { size } = edge
  const root = edge.root()
  fc.assert(
    fc.property(fc.nat(size - 1), fc.nat(size - 1), (index, other) => {
      const needed = tilesForProof(index, size)
      const proof = inclusionProof(
        index,
        size,
        tiles.filter((tile) => needed.some((each) => each.level === tile.level && each.index === tile.index)),
      )
      const leaf = leaves[index] ?? expect.unreachable()
      expect(rootOfProof(leaf, { index, size }, proof)).toEqual(root)
      expect(rootOfProof(leafHash(leaf), { index, size }, proof)).not.toEqual(root)
      expect(rootOfProof(leaf, { index, size }, proof.slice(1))).toBeNull()
      if (other !== index) expect(rootOfProof(leaf, { index: other, size }, proof)).not.toEqual(root)
    }),
    { numRuns: 100 },
  )
  expect(() => inclusionProof(size, size, tiles)).toThrow('the tree has 70000')
  expect(() => inclusionProof(3, size, [])).toThrow('lacks hashes')
  expect(rootOfProof(leaves[0] ?? expect.unreachable(), { index: 5, size: 5 }, [])).toBeNull()
})
