import { randomBytes } from 'node:crypto'
import type { ExecutionEvent, ExecutionOptions } from 'agentchat-sandbox'
import { newId } from '../../db/index.ts'
import type { SessionUse } from '../../db/queries/held-sessions.ts'
import { copyHeldSession, keptBytesOf, rewindHeldSession } from '../../db/queries/session-states.ts'
import { recordSessionUse, type SessionRow } from '../../db/queries/sessions.ts'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../../services/context.ts'
import { ConflictError, ShuttingDownError } from '../../services/errors.ts'
import type { FilesOfSession } from '../../services/executions/machines.ts'
import { sessionKeyOf } from '../../services/sessions/given-key.ts'
import { grantedOf } from '../../services/sessions/session-lease.ts'
import type { FileUse, GivenSession } from '../session-wire.ts'
import { fileWorkOf, type Work, workOf } from '../work.ts'
import type { FileOutcome } from './file-outcome.ts'
import { type SessionTurn, sessionTurn } from './session-turn.ts'

/** How sessions reach a machine. */
export interface FarSessionParts {
  readonly context: ServiceContext
  /** Runs an execution that has its turn. */
  run(id: string, work: Work, signal: AbortSignal): AsyncIterable<ExecutionEvent>
  /** Does something with files of a session that has its turn; `lost` says when nothing can come of it any more. */
  use(id: string, work: Work, lost: AbortSignal): Promise<FileOutcome>
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
    const work = { ...workOf(code, options, grantedOf(context, turn.row)), session: this.#given(turn.row) }
    for await (const event of run(id, work, signal)) {
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
    return await rewindHeldSession(this.#parts.context.db, turn.use, steps)
  }

  /** What came of it, which holds the turn until it is disposed. */
  async #use(session: SessionRow, use: FileUse): Promise<FileOutcome & AsyncDisposable> {
    const { context } = this.#parts
    const turn = await this.#turn(session)
    try {
      const work = fileWorkOf(this.#given(turn.row), use, grantedOf(context, turn.row))
      const outcome = await this.#parts.use(turn.use.holder, work, turn.lost)
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

  #given(row: SessionRow): GivenSession {
    const { id, sealedFor, sequence, metadata, object } = row
    const kept = object === null ? null : { bytes: keptBytesOf(row), metadata }
    return { id, key: sessionKeyOf(this.#parts.context.secrets, row), owner: sealedFor, sequence, kept }
  }

  async #note(id: string, unsaved: boolean): Promise<void> {
    const { db, logger } = this.#parts.context
    await recordSessionUse(db, id, { lastUsedAt: new Date(), unsaved }).catch((error: unknown) => {
      logger.error({ session: id, error: loggable(error) }, 'session.use-not-noted')
    })
  }
}
