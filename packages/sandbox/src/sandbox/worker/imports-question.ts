import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import type { FindImportsMessage } from '../../protocol/host-messages.ts'
import type { FoundImport, RunnerMessage } from '../../protocol/runner-messages.ts'
import { killAtDeadline } from './kill-at-deadline.ts'
import type { Question } from './question.ts'
import type { Worker } from './worker.ts'

/** Reading a program takes milliseconds; one that takes longer was written to. */
const DEADLINE_MS = 5000

/** Asks which modules a program imports that are not there. */
class ImportsQuestion implements Question<readonly FoundImport[]> {
  readonly message: FindImportsMessage
  readonly content: readonly Uint8Array[] = []
  readonly #done: Deferred<readonly FoundImport[]> = deferred<readonly FoundImport[]>()

  constructor(code: string, memoryLimitBytes: number) {
    this.message = { type: 'find-imports', code, memoryLimitBytes }
  }

  get done(): Promise<readonly FoundImport[]> {
    return this.#done.promise
  }

  piece(): void {
    throw new TypeError('a session that nobody asked for')
  }

  answer(message: RunnerMessage): void {
    if (message.type !== 'imports') throw new TypeError(`unexpected message "${message.type}"`)
    this.#done.resolve(message.found)
  }

  /** Code that breaks the interpreter by being read breaks it again when it is run, and that run has a result. */
  gone(): void {
    this.#done.resolve([])
  }
}

/**
 * The modules that `code` imports and the image of this worker lacks, as the worker says: hostile, but bounded. The
 * worker may be no more afterwards.
 */
export async function findImports(
  worker: Worker,
  code: string,
  { memoryLimitBytes, signal }: { memoryLimitBytes: number; signal: AbortSignal | undefined },
): Promise<readonly FoundImport[]> {
  // Programs without these words need nothing; the others are asked about.
  if (!code.includes('import') && !code.includes('install')) return []
  const answer = worker.askIdle(new ImportsQuestion(code, memoryLimitBytes))
  return await killAtDeadline(answer, () => worker.kill(), { deadlineMs: DEADLINE_MS, signal })
}
