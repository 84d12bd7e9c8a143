import { EMPTY_ROOT, hashesIn, nodeHash, perfectRoot } from './hashes.ts'

/** Hashes in a full tile. */
export const TILE_WIDTH = 256

/** Where a tile stands: level 0 holds hashes of leaves, each level above one hash for each full tile below. */
export interface TilePlace {
  readonly level: number
  readonly index: number
}

/** A tile: up to 256 hashes, one after the other. */
export interface Tile extends TilePlace {
  readonly hashes: Buffer
}

/** The tiles at the right edge of a tree of this size that are not full; none for size 0. */
export function edgePlaces(size: number): (TilePlace & { readonly width: number })[] {
  const places: (TilePlace & { readonly width: number })[] = []
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH
    if (width > 0) places.push({ level, index: Math.floor(count / TILE_WIDTH), width })
  }
  return places
}

/** The part of a tree that grows: its tiles that are not full. Enough to append leaves, and to know the root. */
export class RightEdge {
  #size = 0
  readonly #levels: Buffer[][] = []

  /** The edge of a tree of this size, from its tiles, which may have grown since. @throws RangeError when one lacks hashes */
  static from(size: number, tiles: readonly Tile[]): RightEdge {
    const edge = new RightEdge()
    edge.#size = size
    for (const { level, index, width } of edgePlaces(size)) {
      const tile = tiles.find((each) => each.level === level && each.index === index)
      const hashes = tile === undefined ? [] : hashesIn(tile.hashes)
      if (hashes.length < width)
        throw new RangeError(
          `Cannot go on with the tree: tile ${level}/${index} holds ${hashes.length} hashes, size ${size} needs ${width}`,
        )
      edge.#row(level).push(...hashes.slice(0, width))
    }
    return edge
  }

  get size(): number {
    return this.#size
  }

  copy(): RightEdge {
    const copy = new RightEdge()
    copy.#size = this.#size
    for (const [level, row] of this.#levels.entries()) copy.#row(level).push(...row)
    return copy
  }

  /** Appends hashes of leaves; gives the tiles that have changed, as they are then. */
  append(leaves: readonly Buffer[]): Tile[] {
    const changed = new Map<string, Tile>()
    for (const leaf of leaves) {
      this.#push(0, leaf, (tile) => changed.set(`${tile.level}/${tile.index}`, tile))
      this.#size += 1
    }
    for (const { level, index } of edgePlaces(this.#size))
      changed.set(`${level}/${index}`, { level, index, hashes: Buffer.concat(this.#row(level)) })
    return [...changed.values()]
  }

  /** Appends a full tile of leaves by its root alone; gives the tiles above that are full now. */
  appendTile(root: Buffer): Tile[] {
    const full: Tile[] = []
    // The tile is counted with its last leaf, as a leaf is before it is appended.
    this.#size += TILE_WIDTH - 1
    this.#push(1, root, (tile) => full.push(tile))
    this.#size += 1
    return full
  }

  #push(level: number, hash: Buffer, full: (tile: Tile) => void): void {
    const row = this.#row(level)
    row.push(hash)
    if (row.length < TILE_WIDTH) return
    const index = Math.floor(this.#size / TILE_WIDTH ** (level + 1))
    full({ level, index, hashes: Buffer.concat(row) })
    const root = perfectRoot(row.splice(0))
    this.#push(level + 1, root, full)
  }

  /** The root of the tree (RFC 6962). */
  root(): Buffer {
    let root: Buffer | null = null
    // From the smallest subtree, which is the rightmost, to the largest.
    for (const row of this.#levels) {
      let end = row.length
      for (let width = 1; end > 0; width *= 2) {
        if ((end & width) === 0) continue
        const left = perfectRoot(row.slice(end - width, end))
        root = root === null ? left : nodeHash(left, root)
        end -= width
      }
    }
    return root ?? EMPTY_ROOT
  }

  #row(level: number): Buffer[] {
    while (this.#levels.length <= level) this.#levels.push([])
    return this.#levels[level] ?? []
  }
}
