import { ChildFailure, type ChildFailureReason } from './child/check-child.ts'
import { ChildPool } from './child/child-pool.ts'
import { programOf } from './child/program-of.ts'
import type { ValueProblem } from './schema/compile-schema.ts'
import {
  CHECK_MS,
  MAX_MESSAGE_BYTES,
  makeAnswerSchema,
  type SchemaAnswer,
  type SchemaRequest,
} from './schema/requests.ts'

export { GateBusyError, GateUnavailableError } from './child/child-pool.ts'
export type { ValueProblem } from './schema/compile-schema.ts'

/** The child breaks off by itself, and keeps what it has compiled; where it cannot, it is killed. */
const KILL_MS = 4 * CHECK_MS
/** A pause of those who execute tools does not cost a start, which takes 0.1 s; an idle service has no such process. */
const IDLE_MS = 300_000

/** A value and the schema that it must fit. */
export interface SchemaQuestion {
  /** Whose check it is: each owner waits for the own ones alone. */
  readonly owner: string
  /** Stands for the schema: a schema that has changed has another key. */
  readonly key: string
  readonly schema: unknown
  readonly value: unknown
}

/**
 * Checks values of strangers against JSON Schemas of strangers, in processes of their own. Nothing is started before there
 * is something to check.
 */
export class SchemaGate implements Disposable {
  readonly #answer = makeAnswerSchema()
  readonly #pool = new ChildPool({
    ...programOf('schema-program'),
    ...{ heapMb: 128, maxMessageBytes: MAX_MESSAGE_BYTES, children: 2, idleMs: IDLE_MS },
    ...{ maxWaiting: 500, maxWaitingOfOwner: 50 },
  })

  /** The processes that are alive. */
  get pids(): number[] {
    return this.#pool.pids
  }

  /**
   * What is wrong with a value: nothing, several things, or that it cannot be checked in time.
   * @throws GateBusyError
   * @throws GateUnavailableError
   */
  async check({ owner, key, schema, value }: SchemaQuestion): Promise<readonly ValueProblem[]> {
    const answer = await this.#ask(owner, async (ask) => {
      const known = await ask({ kind: 'check', key, value })
      return 'unknown' in known ? await ask({ kind: 'check', key, schema, value }) : known
    })
    if ('problems' in answer) return answer.problems
    if ('slow' in answer)
      return [{ path: '', problem: `cannot be checked against the schema: ${answer.slow}` }]
    const why = 'unusable' in answer ? answer.unusable : 'it cannot be read'
    return [{ path: '', problem: `cannot be checked, for the schema cannot be used: ${why}` }]
  }

  /**
   * Why a schema cannot be used; null when it can.
   * @throws GateBusyError
   * @throws GateUnavailableError
   */
  async problemOf(owner: string, schema: unknown): Promise<string | null> {
    const answer = await this.#ask(owner, (ask) => ask({ kind: 'compile', schema }))
    if ('unusable' in answer) return answer.unusable
    return 'slow' in answer ? `the schema cannot be compiled: ${answer.slow}` : null
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]()
  }

  async #ask(
    owner: string,
    work: (ask: (request: SchemaRequest) => Promise<SchemaAnswer>) => Promise<SchemaAnswer>,
  ): Promise<SchemaAnswer> {
    try {
      return await this.#pool.use(owner, (child) =>
        work(async (request) => this.#answer.parse(await child.ask(request, KILL_MS))),
      )
    } catch (error) {
      if (error instanceof ChildFailure) return { slow: SAID[error.reason] }
      throw error
    }
  }
}

const SAID = {
  slow: `it takes more than ${CHECK_MS / 1000} s`,
  memory: 'it takes more memory than a check may',
  ended: 'it takes more than a check may',
  'too-long': 'it is too long',
} as const satisfies Record<ChildFailureReason, string>
