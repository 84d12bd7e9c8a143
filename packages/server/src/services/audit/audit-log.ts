import type { Database } from '../../db/index.ts'
import { auditKeysOf, takeAuditKey } from '../../db/queries/audit-keys.ts'
import { appendToLog, auditWaiting } from '../../db/queries/audit-log.ts'
import { type Logger, loggable } from '../../logger.ts'
import type { DiskSpace } from '../disk-space.ts'
import { type HeadPlaces, HeadPublisher } from './head-publisher.ts'
import { type Head, readHead } from './log-head.ts'
import { AuditLogError } from './log-key.ts'
import { signCheckpoint } from './tlog/checkpoint.ts'
import { leafHash } from './tlog/hashes.ts'
import type { NoteSigner, NoteVerifier } from './tlog/signed-note.ts'

/** So many entries get their places at a time: a full tile, and some milliseconds of the embedded database. */
const BATCH = 256
const PAUSE_MS = 250
/** After a failure, and while the disk is full. */
const LONG_PAUSE_MS = 1000

export interface AuditLogOptions {
  readonly db: Database
  readonly logger: Logger
  readonly signer: NoteSigner
  /** Looks for the key that signs the log now, when that is another one than the signer's. */
  readonly signerFor?: (current: string) => NoteSigner
  readonly disk: Pick<DiskSpace, 'hasRoom'>
  readonly heads: HeadPublisher
}

/**
 * Gives recorded events their places in the log, in batches, and signs the head after each. Any number of services may do it
 * on one database: a batch follows the head that it was made for, or is made anew.
 */
export class AuditLog {
  readonly #options: AuditLogOptions
  #signer: NoteSigner
  #head: Head | null = null
  /** The size of the last head that this service has signed: what comes back smaller was tampered with, or restored. */
  #signed = 0
  #timer: NodeJS.Timeout | null = null
  #working: Promise<void> | null = null
  #closed = false

  private constructor(options: AuditLogOptions) {
    this.#options = options
    this.#signer = options.signer
  }

  /** @throws AuditLogError when another key signs the log, or the log does not hold what its head says */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    demandKey(options.signer, await takeAuditKey(options.db, options.signer.verifier.text))
    const log = new AuditLog(options)
    await log.#open().catch((error: unknown) => log.#failed(error))
    log.nudge()
    return log
  }

  /** What verifies the log. */
  get verifier(): NoteVerifier {
    return this.#signer.verifier
  }

  /** The file that heads are told to, where there is one. */
  get headFile(): string | undefined {
    return this.#options.heads.file
  }

  /** Something was recorded: it gets its place soon. */
  nudge(): void {
    this.#schedule(PAUSE_MS)
  }

  /** Gives everything that was recorded before this call its place. Rejects with what keeps it from that. */
  async flush(): Promise<void> {
    // What is under way may have looked too early.
    await this.#working?.catch(() => {})
    await this.#work()
  }

  /** Gives everything its place, and tells the head. Never rejects. */
  async close(): Promise<void> {
    this.stop()
    await this.flush().catch((error: unknown) => this.#failed(error))
    await this.#options.heads.close()
  }

  /** Does nothing by itself any more. */
  stop(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #schedule(ms: number): void {
    if (this.#closed || this.#timer !== null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (!this.#options.disk.hasRoom()) {
        this.#schedule(LONG_PAUSE_MS)
        return
      }
      this.#work().catch((error: unknown) => {
        this.#failed(error)
        this.#schedule(LONG_PAUSE_MS)
      })
    }, ms).unref()
  }

  #failed(error: unknown): void {
    this.#head = null
    this.#options.logger.error({ error: loggable(error) }, 'audit.not-sequenced')
  }

  #work(): Promise<void> {
    this.#working ??= this.#append().finally(() => {
      this.#working = null
    })
    return this.#working
  }

  async #append(): Promise<void> {
    const { db, heads } = this.#options
    for (;;) {
      // Before what waits: a head that comes after it may cover some of that already.
      this.#head ??= await this.#open()
      const waiting = await auditWaiting(db, BATCH)
      if (waiting.length === 0) return
      const signer = this.#signer
      const { checkpoint: last, edge } = this.#head
      const grown = edge.copy()
      const tiles = grown.append(waiting.map(({ leaf }) => leafHash(leaf)))
      const origin = signer.verifier.name
      const checkpoint = signCheckpoint({ origin, size: grown.size, root: grown.root() }, [signer])
      const done = await appendToLog(db, {
        ...{ before: { size: edge.size, checkpoint: last }, tiles, checkpoint },
        waiting: waiting.map(({ n }) => n),
      })
      this.#head = done ? { checkpoint, edge: grown } : null
      if (!done) continue
      this.#signed = grown.size
      heads.note(checkpoint)
      if (waiting.length < BATCH) return
    }
  }

  /** Reads the head. Nothing is signed on top of what its signature does not cover, or with a key that was replaced. */
  async #open(): Promise<Head> {
    const { db, signerFor } = this.#options
    const { key, ...head } = await readHead(db, this.#signed)
    if (key !== null && key !== this.#signer.verifier.text) {
      this.#signer = demandKey(signerFor?.(key) ?? this.#signer, key)
      this.#options.logger.info({ verifier: key }, 'audit.key-taken')
    }
    return head
  }
}

/** @throws AuditLogError when another key signs the log */
function demandKey(signer: NoteSigner, current: string): NoteSigner {
  if (signer.verifier.text === current) return signer
  throw new AuditLogError(
    `Cannot sign the audit log with the key "${signer.verifier.text}": it is signed with "${current}"; every service ` +
      'on a database needs the same one: copy "audit.key", or set AGENTCHAT_AUDIT_KEY to its text',
  )
}

/** What a service opens its log with. */
export interface AuditOptions {
  readonly logger: Logger
  /** What signs it; or where to find it, told which public key signs it now; null where none does. */
  readonly auditKey: NoteSigner | ((current: string | null) => NoteSigner)
  readonly auditHeads?: HeadPlaces | undefined
}

/** Opens the log of a service. @throws AuditLogError */
export async function openAuditLog(
  { auditKey, auditHeads, logger }: AuditOptions,
  db: Database,
  disk: DiskSpace,
): Promise<AuditLog> {
  const signerFor = typeof auditKey === 'function' ? auditKey : () => auditKey
  const signer = signerFor((await auditKeysOf(db)).at(-1)?.verifier ?? null)
  const heads = new HeadPublisher(auditHeads ?? { everySeconds: 60 }, logger)
  return await AuditLog.open({ db, logger, signer, signerFor, disk, heads })
}
