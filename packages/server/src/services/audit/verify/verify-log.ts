import { setImmediate } from 'node:timers/promises'
import { type AuditEvent, readLeaf } from '../audit-event.ts'
import { hashesIn, leafHash } from '../tlog/hashes.ts'
import { KeyRing } from '../tlog/key-ring.ts'
import { RightEdge, TILE_WIDTH, type Tile } from '../tlog/right-edge.ts'
import type { NoteVerifier } from '../tlog/signed-note.ts'
import { HandoverEntries } from './check-handovers.ts'
import { RememberedHeads } from './check-heads.ts'
import { inOrder } from './in-order.ts'
import { COLUMNS, type LogReader, type Problem, type StoredEntry } from './log-reader.ts'

const MAX_PROBLEMS = 100

/** What the log is held against. */
export interface VerifyOptions {
  /** Keys that may have signed it; the log's own hand-overs lead to the others. */
  readonly verifiers: readonly NoteVerifier[]
  /** Do these come from elsewhere than the log? */
  readonly isKeyApart: boolean
  /** Heads that were told to the outside, as notes. */
  readonly heads?: readonly string[]
  /** Entries before this one are taken for what the tree says of them. */
  readonly since?: number
}

/** What came of a verification. */
export interface VerifyReport {
  readonly ok: boolean
  readonly origin: string | null
  /** Entries that the head covers, and from which on they are kept. */
  readonly size: number
  readonly minimumIndex: number
  /** Entries that were read and hashed. */
  readonly checked: number
  /** Recorded events that are in no head yet: nothing proves them. */
  readonly waiting: number
  /**
   * Who must not have lied: `none`: anybody with the database could have written all of it; `key`: anybody with the
   * database and the key; `external`: nobody up to the last of the heads that were told to the outside.
   */
  readonly trust: 'none' | 'key' | 'external'
  /** Heads from outside that the log agrees with. */
  readonly heads: number
  /** How often one key has handed the log over to the next. */
  readonly handovers: number
  readonly problems: readonly Problem[]
}

/** Verifies a log: entries against tiles, tiles against the head, the head against its signature, all against older heads. */
export async function verifyLog(reader: LogReader, options: VerifyOptions): Promise<VerifyReport> {
  const { keys, checkpoint, minimumIndex } = await headAndKeys(reader, options)
  const heads = new RememberedHeads(options.heads ?? [], keys)
  const notes = keys.handovers.map(({ note }) => note)
  const handed = new RememberedHeads(notes, keys)
  const entries = new HandoverEntries(keys.handovers)
  const head = checkpoint === null ? null : keys.open(checkpoint)
  const walk = new Walk(reader, { heads: [heads, handed], entries, minimumIndex, since: options.since ?? 0 })
  for (const problem of keys.problems) walk.report(null, problem)
  if (checkpoint !== null && head === null) walk.report(null, 'its head is not signed with this key')
  if (head !== null) {
    await walk.run(head.size)
    if (!walk.edge.root().equals(head.root)) walk.report(null, 'its tree is not the one that is signed')
    for (const problem of entries.beyond(head.size)) walk.report(head.size, problem)
  }
  const size = head?.size ?? 0
  const [beyond] = await reader.entries(size)
  if (beyond !== undefined && !(await hasGrownTo(reader, beyond.index, options)))
    walk.report(beyond.index, 'it stands past the head')
  heads.end(size)
  const problems = [...walk.problems, ...heads.problems, ...handed.problems].slice(0, MAX_PROBLEMS)
  return {
    ...{ ok: problems.length === 0, origin: head?.origin ?? null, size, minimumIndex, checked: walk.checked },
    ...{ waiting: await reader.waiting(), heads: heads.matched, handovers: notes.length, problems },
    trust: heads.matched > 0 ? 'external' : options.isKeyApart ? 'key' : 'none',
  }
}

/** The head, and the keys of the same moment: services may append to the log, and hand it over. */
async function headAndKeys(reader: LogReader, { verifiers }: VerifyOptions) {
  for (;;) {
    const before = await reader.handovers()
    const head = await reader.head()
    const after = await reader.handovers()
    if (after.length === before.length) return { ...head, keys: new KeyRing(verifiers, after) }
  }
}

/** Has the log a head meanwhile that covers this entry? */
async function hasGrownTo(reader: LogReader, index: number, options: VerifyOptions): Promise<boolean> {
  const { keys, checkpoint } = await headAndKeys(reader, options)
  return (keys.open(checkpoint ?? '')?.size ?? 0) > index
}

interface WalkOptions {
  readonly heads: readonly RememberedHeads[]
  readonly entries: HandoverEntries
  readonly minimumIndex: number
  readonly since: number
}

/** Goes through a log from its first entry to its last, and builds the tree anew. */
class Walk {
  readonly edge = new RightEdge()
  readonly problems: Problem[] = []
  checked = 0
  readonly #options: WalkOptions
  readonly #entryAt: (index: number) => Promise<StoredEntry | null>
  readonly #tileAt: (level: number, index: number) => Promise<Tile | null>
  /** Up to where the log itself says that entries were removed. */
  #removed = 0

  constructor(reader: LogReader, options: WalkOptions) {
    this.#options = options
    this.#entryAt = inOrder((from) => reader.entries(from))
    const levels: ((index: number) => Promise<Tile | null>)[] = []
    this.#tileAt = (level, index) => {
      levels[level] ??= inOrder((from) => reader.tiles(level, from))
      return levels[level](index)
    }
  }

  report(index: number | null, problem: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ index, problem })
  }

  async run(size: number): Promise<void> {
    const { minimumIndex, since, heads } = this.#options
    const early = await this.#entryAt(0)
    if (early !== null && minimumIndex > 0)
      this.report(0, `it is kept, and the log begins at ${minimumIndex}`)
    for (let first = 0; first < size; first += TILE_WIDTH) {
      const width = Math.min(TILE_WIDTH, size - first)
      const isSkipped = first + TILE_WIDTH <= since && width === TILE_WIDTH
      if (isSkipped && (await this.#skip(first))) continue
      const leaves = await this.#bundle(first, width)
      for (const told of heads) told.check(this.edge, leaves)
      await this.#compare(
        this.edge.append(leaves).filter(({ level }) => level > 0),
        size,
      )
      await setImmediate()
    }
    if (since <= minimumIndex && minimumIndex > this.#removed)
      this.report(minimumIndex, `entries before it are gone, and the log says so only up to ${this.#removed}`)
  }

  /** Takes a full tile for what the tile above it says. */
  async #skip(first: number): Promise<boolean> {
    const index = first / TILE_WIDTH
    const above = await this.#tileAt(1, Math.floor(index / TILE_WIDTH))
    const root = above === null ? undefined : hashesIn(above.hashes)[index % TILE_WIDTH]
    if (root === undefined) return false
    this.edge.appendTile(root)
    return true
  }

  /** The hashes of one tile of leaves: each entry that is kept must have the hash that stands there. */
  async #bundle(first: number, width: number): Promise<Buffer[]> {
    const tile = await this.#tileAt(0, first / TILE_WIDTH)
    // The last one may have grown meanwhile.
    const stored = tile === null ? [] : hashesIn(tile.hashes).slice(0, width)
    if (stored.length < width) this.report(first, `its tile holds ${stored.length} hashes, not ${width}`)
    const leaves: Buffer[] = []
    for (let index = first; index < first + width; index += 1) {
      const entry = await this.#entryAt(index)
      const known = stored[index - first]
      if (entry === null && index >= this.#options.minimumIndex) this.report(index, 'it is missing')
      if (entry !== null) this.#take(entry, known)
      leaves.push(known ?? (entry === null ? Buffer.alloc(32) : leafHash(entry.leaf)))
    }
    return leaves
  }

  #take(entry: StoredEntry, known: Buffer | undefined): void {
    this.checked += 1
    if (known !== undefined && !leafHash(entry.leaf).equals(known))
      this.report(entry.index, 'it is not the entry that the tree holds')
    const { event, problem } = checkEntry(entry)
    if (problem !== null) this.report(entry.index, problem)
    const handover = event === null ? null : this.#options.entries.problemOf(entry.index, event)
    if (handover !== null) this.report(entry.index, handover)
    if (event?.action === 'audit.remove') this.#removed = Math.max(this.#removed, removedBy(event))
  }

  /** Tiles above the leaves must be what follows from those below. */
  async #compare(tiles: readonly Tile[], size: number): Promise<void> {
    for (const { level, index, hashes } of tiles) {
      // A tile that grows is compared when it is full, or the log is at its end.
      if (hashes.length < TILE_WIDTH * 32 && this.edge.size < size) continue
      const stored = await this.#tileAt(level, index)
      if (stored === null || !Buffer.from(stored.hashes).subarray(0, hashes.length).equals(hashes))
        this.report(null, `tile ${level}/${index} is not what follows from the tiles below`)
    }
  }
}

function removedBy({ detail }: AuditEvent): number {
  return typeof detail.minimumIndex === 'number' ? detail.minimumIndex : 0
}

/** What is wrong with an entry beside its hash: null for nothing. Gives what it says, where it can be read. */
function checkEntry(entry: StoredEntry): {
  readonly event: AuditEvent | null
  readonly problem: string | null
} {
  let event: AuditEvent
  try {
    event = readLeaf(entry.leaf)
  } catch {
    return { event: null, problem: 'it cannot be read' }
  }
  const wrong = COLUMNS.find((name) => event[name] !== entry[name])
  if (wrong === undefined) return { event, problem: null }
  return {
    event,
    problem: `its column "${wrong}" holds ${shown(entry[wrong])}, and it says ${shown(event[wrong])}`,
  }
}

function shown(value: string | null): string {
  return JSON.stringify(value)?.slice(0, 100)
}
