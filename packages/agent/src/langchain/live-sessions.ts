import type { PythonExecutor, PythonSession } from 'agentchat-sandbox'
import type { SessionCodec } from './session-codec.ts'
import { NO_SESSION, type SandboxState } from './session-state.ts'
import { digestOf } from './state-digest.ts'

/** Sessions that are kept for the next call, and for how long they keep a worker. */
const MAX_IDLE = 8
const IDLE_SECONDS = 60

/** Whose a session is, as `owner` of its options. */
export type Owner = string | null

/**
 * Opens the session that the state of a graph holds, and puts it back. One that was put back lives on for a while, so that
 * the next call need not wake it up; from any earlier state another one is opened.
 */
export class LiveSessions {
  readonly #sandbox: PythonExecutor
  readonly #codec: SessionCodec
  /** By owner and state. */
  readonly #idle = new Map<string, PythonSession>()

  constructor(sandbox: PythonExecutor, codec: SessionCodec) {
    this.#sandbox = sandbox
    this.#codec = codec
  }

  /** Close it, or give it to `keep`. @throws SandboxStateError, SandboxError */
  async open(state: SandboxState, owner: Owner): Promise<PythonSession> {
    const key = keyOf(state, owner)
    const alive = this.#idle.get(key)
    this.#idle.delete(key)
    if (alive !== undefined) return alive
    const sealed = await this.#codec.read(state)
    const session = this.#sandbox.session({
      ...{ owner, idleSeconds: IDLE_SECONDS },
      ...(sealed !== null && { ...sealed, sessionBytes: new Uint8Array(sealed.sessionBytes) }),
    })
    try {
      await session.start()
    } catch (error) {
      await session.close()
      throw error
    }
    return session
  }

  /** The state with what the session is now. @throws SandboxStateError, SandboxError: the session is closed */
  async keep(session: PythonSession, owner: Owner): Promise<SandboxState> {
    try {
      const state = await this.#codec.write(await session.save())
      this.#idle.set(keyOf(state, owner), session)
      await this.#letGo(MAX_IDLE)
      return state
    } catch (error) {
      await session.close()
      throw error
    }
  }

  /** Closes those that wait. Later ones are kept again. */
  async close(): Promise<void> {
    await this.#letGo(0)
  }

  async #letGo(most: number): Promise<void> {
    const closing: Promise<void>[] = []
    for (const [key, session] of this.#idle) {
      if (this.#idle.size <= most) break
      this.#idle.delete(key)
      closing.push(session.close())
    }
    await Promise.all(closing)
  }
}

/** The empty state has a key that nothing is kept under. */
function keyOf({ session_bytes, session_metadata }: SandboxState, owner: Owner): string {
  return session_bytes === NO_SESSION.session_bytes ? '' : digestOf([owner, session_bytes, session_metadata])
}
