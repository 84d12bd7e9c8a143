import type { Database } from '../../db/index.ts'
import { insertEvents } from '../../db/queries/audit.ts'
import { type Logger, loggable } from '../../logger.ts'
import type { ServiceErrorCode } from '../errors.ts'
import type { ListedSecrets } from '../listed-secrets.ts'
import type { AuditLog } from './audit-log.ts'
import { doneAtOnce, type Who } from './deed-record.ts'

const WRITE_EVERY_MS = 60_000
/** So many kinds are told apart within a minute; what is more is counted together. */
const MAX_KINDS = 500

/** What is recorded where a request is refused before anything of it is: who may not, who has had enough, who is nobody. */
const RECORDED: ReadonlySet<ServiceErrorCode> = new Set<ServiceErrorCode>([
  ...(['forbidden', 'unauthenticated', 'quota-exceeded', 'too-many-attempts'] as const),
])

/** What they are recorded with. */
export interface RefusalsOptions {
  readonly db: Database
  readonly instance: string
  readonly listed: ListedSecrets
  readonly auditLog: AuditLog
  readonly logger: Logger
}

/** A request that was refused. */
export interface Refusal {
  readonly who: Who
  /** Method and pattern of the path: no identifier of anybody. */
  readonly request: string
  readonly code: ServiceErrorCode
}

interface Counted extends Refusal {
  count: number
  readonly first: string
  last: string
}

/**
 * Records refusals, those of one kind within a minute as one entry with their number: a client that is refused a thousand times
 * does not fill the log.
 */
export class Refusals {
  readonly #context: RefusalsOptions
  readonly #known = new WeakSet<object>()
  #kinds = new Map<string, Counted>()
  #timer: NodeJS.Timeout | null = null

  constructor(context: RefusalsOptions) {
    this.#context = context
  }

  /** This error is the end of a deed, which is recorded itself. */
  isKnown(error: object): void {
    this.#known.add(error)
  }

  /** A request was refused with this error. */
  note(error: object, refusal: Refusal): void {
    if (!RECORDED.has(refusal.code) || this.#known.has(error)) return
    const { who, request, code } = refusal
    const own = JSON.stringify([who.userId, who.apiKeyId, who.source, request, code])
    const isFull = this.#kinds.size >= MAX_KINDS && !this.#kinds.has(own)
    const key = isFull ? code : own
    const now = new Date().toISOString()
    const nobody: Who = { userId: null, apiKeyId: null, requestId: null, source: null }
    const kind = this.#kinds.get(key) ?? {
      ...{ who: isFull ? nobody : who, request: isFull ? 'various' : request, code },
      ...{ count: 0, first: now, last: now },
    }
    kind.count += 1
    kind.last = now
    this.#kinds.set(key, kind)
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_EVERY_MS).unref()
  }

  /** Records what was counted. Never rejects. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const kinds = [...this.#kinds.values()]
    this.#kinds = new Map()
    if (kinds.length === 0) return
    const events = kinds.flatMap(({ who, ...detail }) => {
      const deed = { action: 'request.refuse', resourceId: null, detail } as const
      return doneAtOnce(this.#context, { who, deed }, 'refused')
    })
    try {
      await insertEvents(this.#context.db, events)
      this.#context.auditLog.nudge()
    } catch (error) {
      this.#context.logger.error(
        { kinds: kinds.length, error: loggable(error) },
        'audit.refusals-not-recorded',
      )
    }
  }
}
