import { type Database, newId } from '../../db/index.ts'
import {
  admitOnly,
  findRoom,
  type HeldRow,
  type QuotaDemand,
  type Reservation,
  reserve,
  takePlace,
} from '../../db/queries/quota-admission.ts'
import { insertHolders, usageOf } from '../../db/queries/quota-usage.ts'
import { oldestFilesOf } from '../../db/queries/usage.ts'
import { QuotaExceededError } from '../errors.ts'
import { type HeldPlace, PlaceKeeper } from './held-place.ts'
import { type FullQuota, fullQuotaOf, MINUTE_MS, quotaError } from './quota-refusal.ts'
import type { QuotaHolder, Used, Wanted } from './quota-terms.ts'
import { RememberedRefusals } from './remembered-refusals.ts'
import { TotalStorage } from './total-storage.ts'

export type { QuotaHolder } from './quota-terms.ts'

/** What quotas are kept with. */
export interface QuotasOptions {
  readonly db: Database
  readonly instance: string
  /** Of everybody together. */
  readonly totalStorageBytes: number
  readonly keepFilesHours: number
}

/** Who has something, beside the holders that it counts for. */
interface Owner {
  readonly userId: string
  readonly apiKeyId: string | null
}

const HOUR_MS = 3_600_000
/** How often it is asked again where the answer has changed between two looks. */
const TRIES = 3

/**
 * What users and their keys use up, in all services of a database: one row for each, changed in the transaction that changes
 * what it counts.
 */
export class Quotas implements AsyncDisposable {
  readonly #options: QuotasOptions
  readonly #refusals = new RememberedRefusals()
  readonly #total: TotalStorage
  readonly #places: PlaceKeeper

  constructor(options: QuotasOptions) {
    this.#options = options
    this.#total = new TotalStorage(options)
    this.#places = new PlaceKeeper(options.db)
  }

  /**
   * Refuses what would be refused anyway: at once, where it was a moment ago and time alone does not help sooner. With
   * `look` also what the database refuses now, which is for what costs much before it is admitted.
   * @throws QuotaExceededError
   */
  async demandRoom(holders: readonly QuotaHolder[], wanted: Wanted, look = false): Promise<void> {
    if (wanted.begins) this.#refusals.demandNone(holders)
    const { bytes = 0 } = wanted
    if (bytes > 0 && (await this.#total.room()) < bytes) throw this.#total.refusal()
    if (look) await this.#settled(this.#options.db, { holders, wanted }, findRoom)
  }

  /**
   * Admits something by a statement that records it too, in the database or a transaction of it. Gives how many bytes more
   * may be kept of it, and the row that the statement gave.
   * @throws QuotaExceededError when it has admitted and recorded nothing
   */
  async admit<Row extends HeldRow>(
    db: Database,
    { holders, wanted }: { readonly holders: readonly QuotaHolder[]; readonly wanted: Wanted },
    write: (db: Database, demand: QuotaDemand) => Promise<Row[]>,
  ): Promise<{ readonly row: Row; readonly room: number }> {
    const rows = await this.#settled(db, { holders, wanted }, write)
    const [row] = rows
    if (row === undefined) throw new TypeError('Cannot admit anything: nobody has asked for it')
    const { bytes = 0 } = wanted
    this.#total.grown(bytes)
    const left = rows.map(
      ({ holder, storedBytes }) => (limitsOf(holders, holder)?.storageBytes ?? 0) - storedBytes - bytes,
    )
    return { row, room: Math.max(0, Math.min(...left, this.#total.known)) }
  }

  /**
   * Counts something that is no execution and takes time as one does: it begins within the same minute as these.
   * @throws QuotaExceededError
   */
  async begin(holders: readonly QuotaHolder[]): Promise<void> {
    const wanted = { begins: true, needsPlace: true }
    await this.demandRoom(holders, wanted)
    await this.#settled(this.#options.db, { holders, wanted }, admitOnly)
  }

  /**
   * Lets something in that is no execution and takes the place of one, until it is disposed. With `begins` it counts within
   * the minute too.
   * @throws QuotaExceededError
   */
  async enter(
    holders: readonly QuotaHolder[],
    { userId, apiKeyId }: Owner,
    { begins = false }: { readonly begins?: boolean } = {},
  ): Promise<HeldPlace> {
    const wanted = { begins, place: 'concurrent' } as const
    await this.demandRoom(holders, wanted)
    const { db, instance } = this.#options
    const place = { id: newId('plc'), userId, apiKeyId, instance }
    await this.#settled(db, { holders, wanted }, (tx, demand) => takePlace(tx, demand, place))
    return this.#places.held(place.id)
  }

  /** Is there room for so many bytes more? Gives the refusal, or null. */
  async refusalOf(holders: readonly QuotaHolder[], bytes: number): Promise<QuotaExceededError | null> {
    return await refusalIn(() => this.demandRoom(holders, { bytes }, true))
  }

  /** Has room for so many bytes that are about to be kept, beyond what counts already: gives the refusal, or null. */
  async reserve(
    holders: readonly QuotaHolder[],
    bytes: number,
    what: Reservation,
  ): Promise<QuotaExceededError | null> {
    const wanted = { bytes }
    return await refusalIn(async () => {
      await this.demandRoom(holders, wanted)
      await this.#settled(this.#options.db, { holders, wanted }, (db, demand) => reserve(db, demand, what))
      this.#total.grown(bytes)
    })
  }

  /** How many bytes more may be kept now. */
  async roomOf(holders: readonly QuotaHolder[]): Promise<number> {
    const used = await usageOf(this.#options.db, holders.map(nameOf))
    const left = holders.map(
      (holder) => holder.limits.storageBytes - (used.get(nameOf(holder))?.storedBytes ?? 0),
    )
    return Math.max(0, Math.min(...left, await this.#total.room()))
  }

  /** What a holder uses up now. */
  async usedBy(holder: QuotaHolder): Promise<Used> {
    const used = (await usageOf(this.#options.db, [nameOf(holder)])).get(nameOf(holder))
    if (used === undefined) return { concurrent: 0, perMinute: 0, cpuSecondsPerDay: 0, storageBytes: 0 }
    return {
      concurrent: used.running,
      perMinute: Math.ceil((Math.max(0, used.paidMs) * holder.limits.perMinute) / MINUTE_MS),
      cpuSecondsPerDay: used.cpuMs / 1000,
      storageBytes: used.storedBytes,
    }
  }

  /** Resolves when every place that was let go is free. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#places[Symbol.asyncDispose]()
  }

  async #settled<Row extends HeldRow>(
    db: Database,
    { holders, wanted }: { readonly holders: readonly QuotaHolder[]; readonly wanted: Wanted },
    ask: (db: Database, demand: QuotaDemand) => Promise<Row[]>,
  ): Promise<Row[]> {
    const demand = demandOf(holders, wanted)
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const rows = await ask(db, demand)
      if (rows.length === holders.length && rows.every(({ admitted }) => admitted)) return rows
      const found = await findRoom(db, demand)
      if (found.length < holders.length) await insertHolders(db, holders.map(nameOf))
      else await this.#refuse(db, { holders, wanted }, found)
    }
    const [holder] = holders
    throw holder === undefined
      ? new TypeError('Cannot admit anything: nobody has asked for it')
      : quotaError(holder, 'perMinute', 1000)
  }

  async #refuse(
    db: Database,
    { holders, wanted }: { readonly holders: readonly QuotaHolder[]; readonly wanted: Wanted },
    rows: readonly HeldRow[],
  ): Promise<void> {
    for (const holder of holders) {
      const row = rows.find((each) => each.holder === nameOf(holder))
      const full = row && fullQuotaOf(holder, row, wanted, new Date())
      if (full) throw await this.#errorOf(db, full, holders)
    }
  }

  async #errorOf(
    db: Database,
    { holder, name, waitMs }: FullQuota,
    holders: readonly QuotaHolder[],
  ): Promise<QuotaExceededError> {
    if (name === 'perMinute' || name === 'cpuSecondsPerDay') this.#refusals.note(holder, name, waitMs ?? 0)
    if (waitMs !== null) return quotaError(holder, name, waitMs)
    const user = holders.find(({ kind }) => kind === 'user')
    const oldest = user === undefined ? null : await oldestFilesOf(db, user.id)
    const { keepFilesHours } = this.#options
    const freeAt = oldest && oldest.getTime() + keepFilesHours * HOUR_MS
    return quotaError(holder, name, freeAt === null ? MINUTE_MS : freeAt - Date.now())
  }
}

async function refusalIn(work: () => Promise<void>): Promise<QuotaExceededError | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof QuotaExceededError) return error
    throw error
  }
}

/** The name of its row. */
function nameOf({ kind, id }: Pick<QuotaHolder, 'kind' | 'id'>): string {
  return `${kind} ${id}`
}

function limitsOf(holders: readonly QuotaHolder[], name: string) {
  return holders.find((holder) => nameOf(holder) === name)?.limits
}

function demandOf(
  holders: readonly QuotaHolder[],
  { place, places = 1, needsPlace = false, begins = false, bytes }: Wanted,
): QuotaDemand {
  const any = Number.POSITIVE_INFINITY
  return {
    holders: holders.map((holder) => ({
      holder: nameOf(holder),
      running: place === 'concurrent' || needsPlace ? holder.limits.concurrent : any,
      agentRuns: place === 'agentRuns' ? holder.limits.agentRuns : any,
      perMinute: begins ? holder.limits.perMinute : any,
      cpuMs: begins ? holder.limits.cpuSecondsPerDay * 1000 : any,
      storedBytes: bytes === undefined ? any : holder.limits.storageBytes,
    })),
    running: place === 'concurrent' ? places : 0,
    agentRuns: place === 'agentRuns' ? 1 : 0,
    begins,
    room: bytes ?? 0,
  }
}
