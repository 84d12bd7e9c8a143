import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { removeStaleDrafts, syncFolder, writeDraft } from 'agentchat-sandbox-base/disk/draft'
import { hasCode } from 'agentchat-sandbox-base/disk/error-code'
import { LockHeldError, takeLock } from 'agentchat-sandbox-base/disk/lock'
import { makeFolder } from 'agentchat-sandbox-base/disk/make-folder'
import {
  SessionInUseError,
  SessionRefusedError,
  SessionStoreError,
  type SessionStoreFailure,
} from '../errors/errors.ts'
import type { SessionMetadata } from '../result/session-metadata.ts'
import { refuseTooBig } from '../seal/header.ts'
import { parseMetadata } from '../seal/parse-metadata.ts'
import type { SealedSession } from '../seal/seal.ts'
import { encodeSessionFile, readSessionFile, readSessionMetadata } from './format.ts'
import { fileNameOf, idOfFile } from './session-id.ts'
import type { SessionClaim, SessionStore, StoredSession } from './session-store.ts'

/** How often drafts of crashed writes are looked for. */
const SWEEP_MS = 300_000
/** The default of the option of the same name. */
const MAX_SESSION_BYTES = 2 ** 28

/**
 * Keeps each session in a file of a folder that only its owner can look into. A save is there as a whole or not at
 * all, whatever ends the process or the machine. Several processes of one machine may use the same folder: of two saves
 * of one session the later one stays.
 */
export class FolderSessionStore implements SessionStore {
  /** Absolute. */
  readonly folder: string
  readonly #maxSessionBytes: number
  /** The last write of each session that is written now: later ones wait for it, so that they stay in order. */
  readonly #writes = new Map<string, Promise<unknown>>()
  #sweptAt = Number.NEGATIVE_INFINITY

  /** Nothing is read or made yet. `maxSessionBytes` bounds what `load` takes into memory. */
  constructor(
    folder: string,
    { maxSessionBytes = MAX_SESSION_BYTES }: { readonly maxSessionBytes?: number } = {},
  ) {
    this.folder = resolve(folder)
    this.#maxSessionBytes = maxSessionBytes
  }

  /**
   * @throws InvalidOptionsError when the id is none
   * @throws SessionInUseError
   * @throws SessionStoreError
   */
  async claim(id: string): Promise<SessionClaim> {
    const path = this.#pathOf(id)
    const lock = await this.#try('claim', async () => {
      await this.#makeFolder()
      return takeClaim(id, path)
    })
    return { id, [Symbol.asyncDispose]: async () => lock[Symbol.dispose]() }
  }

  /**
   * @throws InvalidOptionsError when the id is none
   * @throws SessionRefusedError when it is too big, or bytes and metadata do not belong together
   * @throws SessionStoreError, `isFull` when no space is left; what was under this id is still there
   */
  async save(id: string, sessionBytes: Uint8Array, metadata: SessionMetadata): Promise<void> {
    const path = this.#pathOf(id)
    const sessionMetadata = parseMetadata(metadata)
    refuseTooBig(sessionBytes.length, this.#maxSessionBytes)
    if (sessionMetadata.sizes.sessionBytes !== sessionBytes.length) {
      throw new SessionRefusedError(
        'wrong-metadata',
        `its metadata is for ${sessionMetadata.sizes.sessionBytes} bytes, and it has ${sessionBytes.length}`,
      )
    }
    const pieces = encodeSessionFile({ sessionBytes, sessionMetadata })
    await this.#inOrder(id, () => this.#try('save', () => this.#replace(path, pieces)))
  }

  /**
   * @throws InvalidOptionsError when the id is none
   * @throws SessionRefusedError when the file was damaged
   * @throws SessionStoreError
   */
  async load(id: string): Promise<SealedSession | null> {
    const path = this.#pathOf(id)
    return await this.#try('load', () => unlessGone(readSessionFile(path, this.#maxSessionBytes)))
  }

  /**
   * @throws InvalidOptionsError when the id is none
   * @throws SessionStoreError
   */
  async inspect(id: string): Promise<StoredSession | null> {
    const path = this.#pathOf(id)
    return await this.#try('load', () => this.#describe(id, path))
  }

  /** @throws SessionStoreError */
  async list(): Promise<StoredSession[]> {
    return await this.#try('list', async () => {
      const names = (await unlessGone(readdir(this.folder))) ?? []
      const sessions: StoredSession[] = []
      for (const name of names) {
        const id = idOfFile(name)
        if (id === null) continue
        const session = await this.#describe(id, join(this.folder, name))
        if (session !== null) sessions.push(session)
      }
      return sessions.sort((one, other) => (one.id < other.id ? -1 : 1))
    })
  }

  /**
   * @throws InvalidOptionsError when the id is none
   * @throws SessionStoreError
   */
  async remove(id: string): Promise<void> {
    const path = this.#pathOf(id)
    await this.#inOrder(id, () =>
      this.#try('remove', async () => {
        if ((await unlessGone(stat(this.folder))) === null) return
        await rm(path, { force: true })
        await syncFolder(this.folder)
      }),
    )
  }

  #pathOf(id: string): string {
    return join(this.folder, fileNameOf(id))
  }

  async #describe(id: string, path: string): Promise<StoredSession | null> {
    const metadata = await unlessGone(readSessionMetadata(path).catch(damagedAsFalse))
    return metadata === null ? null : { id, metadata: metadata === false ? null : metadata }
  }

  async #replace(path: string, pieces: readonly Uint8Array[]): Promise<void> {
    await this.#makeFolder()
    const draft = await writeDraft(this.folder, pieces)
    try {
      await rename(draft, path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
    await syncFolder(this.folder)
  }

  async #makeFolder(): Promise<void> {
    await makeFolder(dirname(this.folder))
    await mkdir(this.folder, { mode: 0o700 }).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error
    })
    const { mode } = await stat(this.folder)
    if (process.platform !== 'win32' && (mode & 0o022) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      throw new Error(`others can write to it (mode ${shown}); chmod 700 it, or name another folder`)
    }
    if (performance.now() - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = performance.now()
    await removeStaleDrafts(this.folder).catch(() => {})
  }

  async #inOrder(id: string, write: () => Promise<void>): Promise<void> {
    const before = this.#writes.get(id) ?? Promise.resolve()
    const done = before.then(write, write)
    this.#writes.set(id, done)
    try {
      await done
    } finally {
      if (this.#writes.get(id) === done) this.#writes.delete(id)
    }
  }

  async #try<Value>(operation: SessionStoreFailure['operation'], work: () => Promise<Value>): Promise<Value> {
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof SessionRefusedError || cause instanceof SessionInUseError) throw cause
      const isFull = hasCode(cause, 'ENOSPC', 'EDQUOT')
      throw new SessionStoreError({ operation, folder: this.folder, isFull }, { cause })
    }
  }
}

/** A file beside that of the session says who has it. */
function takeClaim(id: string, path: string): Disposable {
  try {
    return takeLock(`${path}.claim`)
  } catch (cause) {
    if (cause instanceof LockHeldError) throw new SessionInUseError(id, cause.pid)
    throw cause
  }
}

/** Null for a file or a folder that is not there. */
async function unlessGone<Value>(work: Promise<Value>): Promise<Value | null> {
  return await work.catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  })
}

function damagedAsFalse(error: unknown): false {
  if (error instanceof SessionRefusedError) return false
  throw error
}
