import { randomBytes } from 'node:crypto'
import type { ExecutionEvent, ExecutionOptions } from 'agentchat-sandbox'
import { newId } from '../../db/index.ts'
import type { SessionUse } from '../../db/queries/held-sessions.ts'
import type { LiveCopy } from '../../db/queries/live-copies.ts'
import { copyHeldSession, keptBytesOf, rewindHeldSession } from '../../db/queries/session-states.ts'
import { recordSessionUse, type SessionRow } from '../../db/queries/sessions.ts'
import { findUser } from '../../db/queries/users.ts'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../../services/context.ts'
import { ConflictError, ShuttingDownError } from '../../services/errors.ts'
import type { FilesOfSession } from '../../services/executions/machines.ts'
import { limitsOf, type OwnQuotas } from '../../services/policy.ts'
import { sessionKeyOf } from '../../services/sessions/given-key.ts'
import { grantedOf } from '../../services/sessions/session-lease.ts'
import type { FileUse, GivenSession } from '../session-wire.ts'
import { fileWorkOf, type Work, workOf } from '../work.ts'
import type { FileOutcome } from './file-outcome.ts'
import type { Near } from './near-machine.ts'
import { type SessionTurn, sessionTurn } from './session-turn.ts'

/** How sessions reach a machine. */
export interface FarSessionParts {
  readonly context: ServiceContext
  /** Runs an execution that has its turn; on the machine that is near, where that takes it. */
  run(id: string, work: Work, signal: AbortSignal, near: Near | null): AsyncIterable<ExecutionEvent>
  /** Does something with files of a session that has its turn; `lost` says when nothing can come of it any more. */
  use(id: string, work: Work, lost: AbortSignal, near: Near | null): Promise<FileOutcome>
  /** Has a machine forget what it may have of a session. */
  forget(copy: LiveCopy): void
}

/** Sessions that machines run: whose turn it is, what they are given, and what is noted of it. */
export class FarSessions {
  readonly #parts: FarSessionParts

  constructor(parts: FarSessionParts) {
    this.#parts = parts
  }

  /** Runs code in a session, after what came before in it. Yields nothing when it is cancelled before its turn. */
  async *stream(
    id: string,
    session: SessionRow,
    {
      code,
      options,
      signal,
    }: {
      readonly code: string
      readonly options: ExecutionOptions
      readonly signal: AbortSignal
    },
  ): AsyncGenerator<ExecutionEvent, void, void> {
    const { context, run } = this.#parts
    const asked = performance.now()
    await using turn = await sessionTurn(context, { id: session.id, holder: id, isExecution: true }, signal)
    if (turn === null) return
    const waitedMs = performance.now() - asked
    const work = {
      ...workOf(code, options, grantedOf(context, turn.row)),
      session: await this.#given(turn.row),
    }
    for await (const event of run(id, work, signal, nearOf(turn.row))) {
      if (event.type !== 'finished') {
        yield event
        continue
      }
      const { result } = event
      const { usage } = result
      Object.assign(usage, { queueMs: usage.queueMs + waitedMs })
      await this.#note(session.id, result.sessionUnsaved !== null)
      // Its caller may use the session at once.
      await turn[Symbol.asyncDispose]()
      const restored = turn.row.unsaved ? { reason: 'not-kept' } : null
      yield { type: 'finished', result: { ...result, sessionRestored: result.sessionRestored ?? restored } }
    }
  }

  /** The files of a session, each use in its turn. */
  filesOf(session: SessionRow): FilesOfSession {
    const use = this.#use.bind(this)
    const change = async (wanted: FileUse) => {
      await using _done = await use(session, wanted)
    }
    return {
      async list(path = '') {
        await using outcome = await use(session, { do: 'list', path })
        return outcome.files
      },
      async *stream(path) {
        await using outcome = await use(session, { do: 'read', path })
        yield* outcome.content()
      },
      write: async (path, bytes) =>
        await change({ do: 'write', path, bytes: Buffer.from(bytes).toString('base64') }),
      remove: async (path) => await change({ do: 'remove', path }),
    }
  }

  /** Has a session that is being made hold what this one does, after what came before in it. */
  async copy(session: SessionRow, toId: string): Promise<void> {
    await using turn = await this.#turn(session)
    const to = { id: toId, object: randomBytes(16).toString('hex') }
    if (!(await copyHeldSession(this.#parts.context.db, turn.use, to)))
      throw new ConflictError(`Cannot fork the session "${session.id}": it was deleted meanwhile`)
  }

  /** Has a session be what it was so many steps ago, after what came before in it. Gives how far it can where that is less. */
  async rewind(session: SessionRow, steps: number): Promise<number | null> {
    await using turn = await this.#turn(session)
    const most = await rewindHeldSession(this.#parts.context.db, turn.use, steps)
    const near = nearOf(turn.row)
    if (most === null && near !== null) this.#parts.forget(near)
    return most
  }

  /** What came of it, which holds the turn until it is disposed. */
  async #use(session: SessionRow, use: FileUse): Promise<FileOutcome & AsyncDisposable> {
    const { context } = this.#parts
    const turn = await this.#turn(session)
    try {
      const work = fileWorkOf(await this.#given(turn.row), use, grantedOf(context, turn.row))
      const outcome = await this.#parts.use(turn.use.holder, work, turn.lost, nearOf(turn.row))
      const end = async () => {
        outcome[Symbol.dispose]()
        await turn[Symbol.asyncDispose]()
      }
      return { ...outcome, [Symbol.asyncDispose]: end }
    } catch (error) {
      await turn[Symbol.asyncDispose]()
      throw error
    }
  }

  async #turn(session: SessionRow): Promise<SessionTurn & { readonly use: SessionUse }> {
    const { context } = this.#parts
    const use = { id: session.id, holder: newId('use') }
    const turn = await sessionTurn(context, { ...use, isExecution: false }, context.runs.signal)
    if (turn === null) throw new ShuttingDownError()
    return { ...turn, use }
  }

  async #given(row: SessionRow): Promise<GivenSession> {
    const { id, sealedFor, sequence, metadata, object } = row
    const kept = object === null ? null : { object, bytes: keptBytesOf(row), metadata }
    const { secrets, db, policy } = this.#parts.context
    const key = sessionKeyOf(secrets, row)
    // They were checked before they were stored.
    const own = ((await findUser(db, row.userId))?.quotas ?? null) as OwnQuotas | null
    const most = limitsOf(policy.quotas, own).liveSessions
    return { id, key, owner: sealedFor, sequence, kept, live: { user: row.userId, most } }
  }

  async #note(id: string, unsaved: boolean): Promise<void> {
    const { db, logger } = this.#parts.context
    await recordSessionUse(db, id, { lastUsedAt: new Date(), unsaved }).catch((error: unknown) => {
      logger.error({ session: id, error: loggable(error) }, 'session.use-not-noted')
    })
  }
}

/** The machine that saved it last, where nothing else has changed it since. */
function nearOf({ id, liveMachine, object }: SessionRow): Near | null {
  return liveMachine === null || object === null ? null : { session: id, machine: liveMachine, object }
}
