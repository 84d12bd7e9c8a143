import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import type { InstallMessage, SaveMessage, WakeMessage } from '../../protocol/host-messages.ts'
import type { RunnerMessage } from '../../protocol/runner-messages.ts'
import { PackageError, SessionSaveError, SessionWakeError } from '../errors/errors.ts'
import { type StateReport, sessionReportSchema } from '../result/session-metadata.ts'
import type { Question } from './question.ts'
import { SentChunks } from './sent-chunks.ts'
import type { WorkerEnd } from './worker-plan.ts'

/** A session as its worker has described it. Nothing on the host looks into the content. */
export interface SavedState {
  /** In chunks, which other states may have, too. */
  readonly content: readonly Uint8Array[]
  readonly report: StateReport
}

/** An earlier save of a worker. */
export interface EarlierSave {
  readonly save: number
  readonly content: readonly Uint8Array[]
}

/** Asks for the session. Chunks of it that are as in an earlier save are taken from there. */
export class SaveQuestion implements Question<SavedState> {
  readonly message: SaveMessage
  readonly content: readonly Uint8Array[] = []
  readonly #done: Deferred<SavedState> = deferred<SavedState>()
  readonly #earlier: EarlierSave | null
  readonly #chunks: SentChunks

  constructor(save: number, maxBytes: number, earlier: EarlierSave | null) {
    this.message = { type: 'save-session', save, maxBytes, known: earlier?.save ?? null }
    this.#earlier = earlier
    this.#chunks = new SentChunks(maxBytes)
  }

  get done(): Promise<SavedState> {
    return this.#done.promise
  }

  piece(bytes: Uint8Array): void {
    this.#chunks.add(bytes)
  }

  answer(message: RunnerMessage): void {
    if (message.type !== 'saved' || message.save !== this.message.save)
      throw new TypeError(`unexpected message "${message.type}"`)
    if (message.error !== null) {
      this.#done.reject(new SessionSaveError(message.error))
      return
    }
    const content = this.#chunks.put(message.chunks, this.#earlier?.content ?? [])
    const report = sessionReportSchema().parse(message.report)
    this.#done.resolve({ content, report })
  }

  gone(): void {
    this.#done.reject(new SessionSaveError('the worker has ended'))
  }
}

/** Asks a fresh worker to become a session. */
export class WakeQuestion implements Question<void> {
  readonly message: WakeMessage
  readonly content: readonly Uint8Array[]
  readonly #done: Deferred<void> = deferred<void>()

  constructor(content: readonly Uint8Array[], limits: Omit<WakeMessage, 'type' | 'bytes'>) {
    const bytes = content.reduce((sum, piece) => sum + piece.length, 0)
    this.message = { type: 'wake-session', bytes, ...limits }
    this.content = content
  }

  get done(): Promise<void> {
    return this.#done.promise
  }

  piece(): void {
    throw new TypeError('a session that nobody asked for')
  }

  answer(message: RunnerMessage): void {
    if (message.type !== 'woken') throw new TypeError(`unexpected message "${message.type}"`)
    if (message.error === null) this.#done.resolve()
    else this.#done.reject(new SessionWakeError(message.error, { workerEnded: false }))
  }

  gone({ reason, exitCode, detail }: WorkerEnd): void {
    const how = reason === 'exited' ? `exited with code ${exitCode}` : reason
    const told = `the worker has ended (${how})${detail === '' ? '' : `: ${detail}`}`
    this.#done.reject(new SessionWakeError(told, { workerEnded: true }))
  }
}

/** One wheel on its way into a session. */
export interface WheelToUnpack {
  readonly fileName: string
  readonly bytes: number
  /** Its contents, as they are read. */
  readonly pieces: AsyncIterable<Uint8Array>
}

/** Asks a worker to unpack wheels; it answers with the modules at the top of each. */
export class InstallQuestion implements Question<readonly (readonly string[])[]> {
  readonly message: InstallMessage
  readonly content: AsyncIterable<Uint8Array>
  readonly #done: Deferred<readonly (readonly string[])[]> = deferred()

  constructor(wheels: readonly WheelToUnpack[], maxBytes: number) {
    const sizes = wheels.map(({ fileName, bytes }) => ({ fileName, bytes }))
    this.message = { type: 'install', wheels: sizes, maxBytes }
    this.content = piecesOf(wheels)
  }

  get done(): Promise<readonly (readonly string[])[]> {
    return this.#done.promise
  }

  piece(): void {
    throw new TypeError('a session that nobody asked for')
  }

  answer(message: RunnerMessage): void {
    if (message.type !== 'installed') throw new TypeError(`unexpected message "${message.type}"`)
    const { failure, modules } = message
    if (failure === null) this.#done.resolve(modules)
    else this.#fail(failure.wheel, failure.reason)
  }

  gone({ detail }: WorkerEnd): void {
    const names = this.message.wheels.map(({ fileName }) => fileName).join(', ')
    this.#fail(names, `the worker has ended${detail === '' ? '' : `: ${detail}`}`)
  }

  #fail(requirement: string, detail: string): void {
    this.#done.reject(new PackageError([{ requirement, kind: 'bad-wheel', detail }]))
  }
}

async function* piecesOf(wheels: readonly WheelToUnpack[]): AsyncGenerator<Uint8Array, void, void> {
  for (const { pieces } of wheels) yield* pieces
}
