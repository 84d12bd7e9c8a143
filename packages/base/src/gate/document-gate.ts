import { ChildFailure, type ChildFailureReason } from './child/check-child.ts'
import { ChildPool } from './child/child-pool.ts'
import { programOf } from './child/program-of.ts'
import { DocumentError, wrong } from './document/document-error.ts'
import type { JsonValue } from './document/json.ts'
import { MAX_DOCUMENT_CHARS, READ_MS } from './document/limits.ts'
import type { ReadDocument } from './document/read-document.ts'
import { documentAnswerOf, MAX_MESSAGE_BYTES } from './document/requests.ts'

export { DocumentError } from './document/document-error.ts'
export { isNode, type Node } from './document/local-references.ts'
export type { Operation, OperationParameter } from './document/operation.ts'

/** Few documents are read, and one at a time is soon the last. */
const IDLE_MS = 10_000

/** Reads strangers' OpenAPI documents, in processes of their own that are there only while there is something to read. */
export class DocumentGate implements Disposable {
  readonly #pool = new ChildPool({
    ...programOf('document-program'),
    ...{ heapMb: 512, maxMessageBytes: MAX_MESSAGE_BYTES, children: 2, idleMs: IDLE_MS },
    ...{ maxWaiting: 100, maxWaitingOfOwner: 10 },
  })

  /** The processes that are alive. */
  get pids(): number[] {
    return this.#pool.pids
  }

  /**
   * Reads a document, given as JSON or as text that is JSON or YAML, and finds out what can be called.
   * @throws DocumentError with everything that is wrong and where
   * @throws GateBusyError
   * @throws GateUnavailableError
   */
  async read(owner: string, source: JsonValue): Promise<ReadDocument> {
    if (typeof source === 'string' && source.length > MAX_DOCUMENT_CHARS)
      throw wrong('', `is longer than ${MAX_DOCUMENT_CHARS} characters`)
    try {
      const answer = await documentAnswerOf(
        await this.#pool.use(owner, (child) => child.ask({ source }, READ_MS)),
      )
      if ('problems' in answer) throw new DocumentError(answer.problems)
      return answer
    } catch (error) {
      if (error instanceof ChildFailure) throw wrong('', SAID[error.reason])
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]()
  }
}

const SAID = {
  slow: `takes more than ${READ_MS / 1000} s to read`,
  memory: 'takes more memory to read than a document may',
  ended: 'cannot be read: it ended the process that reads it, as what is nested too deeply does',
  'too-long': 'is too long',
} as const satisfies Record<ChildFailureReason, string>
