import type {
  FindImportsMessage,
  InstallMessage,
  SaveMessage,
  SetBackMessage,
  WakeMessage,
} from '../../protocol/host-messages.ts'
import type { RunnerMessage } from '../../protocol/runner-messages.ts'
import type { WorkerEnd } from './worker-plan.ts'

/** Something that a worker is asked between two runs, until it answers: about its session, about code to come, or whether it can be set back. */
export interface Question<Answer> {
  readonly done: Promise<Answer>
  readonly message: SaveMessage | WakeMessage | InstallMessage | FindImportsMessage | SetBackMessage
  /** What is sent after the message. */
  readonly content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  /** Takes a piece of a session. @throws Error when none may come */
  piece(bytes: Uint8Array): void
  /** Takes the answer. @throws Error when it is none */
  answer(message: RunnerMessage): void
  gone(end: WorkerEnd): void
}
