import { randomBytes } from 'node:crypto'
import type { PyodideSandbox, SandboxSession } from 'agentchat-sandbox'
import {
  type FileInfo,
  type FilePart,
  PythonHostError,
  type PythonSessions,
  type SessionInfo,
} from '../mcp/python-host.ts'
import { beginningOf } from './beginning-of.ts'

/** Sessions at a time; for one more, the one that was not used for longest is forgotten. */
export const MAX_SESSIONS = 32
/** The session of calls that name none. */
export const DEFAULT_HANDLE = 'default'

interface Held {
  readonly session: SandboxSession
  readonly createdAt: Date
  lastUsedAt: Date
}

/** Sessions of a sandbox of this process, by their handles. Those that are not used give their workers back. */
export class LocalSessions implements PythonSessions {
  readonly #sandbox: () => Promise<PyodideSandbox>
  readonly #held = new Map<string, Held>()

  constructor(sandbox: () => Promise<PyodideSandbox>) {
    this.#sandbox = sandbox
  }

  async create(): Promise<SessionInfo> {
    return await this.#make(`session-${randomBytes(9).toString('hex')}`)
  }

  async list(): Promise<readonly SessionInfo[]> {
    return [...this.#held].map(([handle, held]) => infoOf(handle, held))
  }

  async reset(named: string | null): Promise<SessionInfo> {
    const handle = named ?? DEFAULT_HANDLE
    if (named !== null) await this.held(named)
    await this.#forget(handle)
    return await this.#make(handle)
  }

  async listFiles(handle: string | null, folder: string): Promise<readonly FileInfo[]> {
    const { files } = await this.held(handle)
    return (await files.list(folder)).map(({ name, type, size }) => ({ name, type, size }))
  }

  async readFile(handle: string | null, path: string, maxBytes: number): Promise<FilePart> {
    const { files } = await this.held(handle)
    return await beginningOf(files.stream(path), maxBytes)
  }

  async writeFile(handle: string | null, path: string, data: Uint8Array): Promise<void> {
    await (await this.held(handle)).files.write(path, data)
  }

  /** The session of a handle; without one the default session, which is made when it is first used. @throws PythonHostError */
  async held(handle: string | null): Promise<SandboxSession> {
    const found = this.#held.get(handle ?? DEFAULT_HANDLE)
    if (found !== undefined) {
      found.lastUsedAt = new Date()
      return found.session
    }
    if (handle !== null && handle !== DEFAULT_HANDLE) throw this.#unknown(handle)
    await this.#make(DEFAULT_HANDLE)
    return await this.held(handle)
  }

  async #make(handle: string): Promise<SessionInfo> {
    const sandbox = await this.#sandbox()
    // While the library was loaded, another call may have made the default one.
    const made = this.#held.get(handle)
    if (made !== undefined) return infoOf(handle, made)
    const now = new Date()
    const held = { session: sandbox.session(), createdAt: now, lastUsedAt: now }
    this.#held.set(handle, held)
    await this.#makeRoom()
    return infoOf(handle, held)
  }

  async #makeRoom(): Promise<void> {
    if (this.#held.size <= MAX_SESSIONS) return
    const others = [...this.#held].filter(([handle]) => handle !== DEFAULT_HANDLE)
    const oldest = others.reduce((one, other) => (other[1].lastUsedAt < one[1].lastUsedAt ? other : one))
    await this.#forget(oldest[0])
  }

  async #forget(handle: string): Promise<void> {
    const held = this.#held.get(handle)
    this.#held.delete(handle)
    await held?.session.close()
  }

  #unknown(handle: string): PythonHostError {
    const known = [...this.#held.keys()]
    return new PythonHostError(
      `there is no session ${JSON.stringify(handle)}; ` +
        (known.length === 0 ? 'you have none: create_session makes one' : `yours are ${known.join(', ')}`),
    )
  }
}

function infoOf(handle: string, { session, createdAt, lastUsedAt }: Held): SessionInfo {
  return {
    handle,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    live: session.live,
  }
}
