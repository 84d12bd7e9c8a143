import { createHash } from 'node:crypto'
import type { SealedSession, SessionMetadata, SessionStore } from 'agentchat-sandbox'
import { NO_SESSION, type SandboxState } from './session-state.ts'

const GENERATION = 'generation:'
/** An id of ours in a store: the digest of what it names, so that it always names the same. */
const GENERATION_ID = /^g[\w-]{43}$/
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
export const DEFAULT_STATE_BYTES = 2 ** 20

/** Python's state cannot be put into the state of a graph, or not be read from it. */
export class SandboxStateError extends Error {
  override readonly name = 'SandboxStateError'
}

/** How sessions are put into the state of a graph and read from it. */
interface SessionCodecOptions {
  /** Where those go that are larger than `maxStateBytes`, each under an id of its own that is never used again. */
  readonly store: SessionStore | null
  /** Bytes of a session that go into the state themselves. */
  readonly maxStateBytes: number
}

/** Turns sessions at rest into the state of a graph, and back. */
export class SessionCodec {
  readonly #store: SessionStore | null
  readonly #maxStateBytes: number

  constructor({ store, maxStateBytes }: SessionCodecOptions) {
    this.#store = store
    this.#maxStateBytes = maxStateBytes
  }

  /** @throws SandboxStateError when it is too large for the state and there is no store; what the store throws */
  async write({ sessionBytes, sessionMetadata }: SealedSession): Promise<SandboxState> {
    if (sessionBytes.length <= this.#maxStateBytes)
      return {
        session_bytes: Buffer.from(sessionBytes).toString('base64'),
        session_metadata: sessionMetadata,
      }
    if (this.#store === null)
      throw new SandboxStateError(
        `Cannot keep the session in the state: it has ${sessionBytes.length} bytes, ${this.#maxStateBytes} are allowed; ` +
          'set "sessionStore", in which larger ones are kept by reference',
      )
    const id = idOf(sessionBytes)
    await this.#store.save(id, sessionBytes, sessionMetadata)
    return { session_bytes: `${GENERATION}${id}`, session_metadata: sessionMetadata }
  }

  /** The session in the state; null where there is none yet. @throws SandboxStateError; what the store throws */
  async read(state: SandboxState): Promise<SealedSession | null> {
    const { session_bytes: bytes, session_metadata: metadata } = state
    if (bytes === NO_SESSION.session_bytes && metadata === NO_SESSION.session_metadata) return null
    if (bytes === null || metadata === null)
      throw new SandboxStateError(
        'Cannot read the session: of "session_bytes" and "session_metadata" one is null; set both, or none',
      )
    if (bytes.startsWith(GENERATION)) return await this.#load(bytes.slice(GENERATION.length), metadata)
    // As base64 it has four characters for three bytes.
    if (bytes.length > 4 * Math.ceil(this.#maxStateBytes / 3))
      throw new SandboxStateError(
        `Cannot read the session: "session_bytes" has ${bytes.length} characters, more than ${this.#maxStateBytes} bytes have`,
      )
    if (bytes.length % 4 !== 0 || !BASE64.test(bytes))
      throw new SandboxStateError('Cannot read the session: "session_bytes" is no base64 text')
    return { sessionBytes: new Uint8Array(Buffer.from(bytes, 'base64')), sessionMetadata: metadata }
  }

  async #load(id: string, sessionMetadata: SessionMetadata): Promise<SealedSession> {
    if (!GENERATION_ID.test(id))
      throw new SandboxStateError(`Cannot read the session: "${id.slice(0, 100)}" names no generation`)
    if (this.#store === null)
      throw new SandboxStateError(
        'Cannot read the session: the state refers to a store; set "sessionStore" to the one that it was kept in',
      )
    const stored = (await this.#store.load(id)) ?? null
    if (stored === null)
      throw new SandboxStateError(`Cannot read the session: the store does not have "${id}" any more`)
    if (idOf(stored.sessionBytes) !== id)
      throw new SandboxStateError(`Cannot read the session: what the store has as "${id}" was changed`)
    return { sessionBytes: stored.sessionBytes, sessionMetadata }
  }
}

function idOf(bytes: Uint8Array): string {
  return `g${createHash('sha256').update(bytes).digest('base64url')}`
}
