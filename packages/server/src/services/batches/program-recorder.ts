import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { type EndedProgram, recordPrograms } from '../../db/queries/batches.ts'
import type { ServiceContext } from '../context.ts'
import { patiently } from '../patiently.ts'

/** Ends are written together: so many, or so many bytes of them, or after so long. */
const AT_ONCE = 64
const MAX_BYTES = 2 ** 18
const WAIT_MS = 50

/** Writes what became of programs, many in one statement. Who brings more than can be written waits. */
export class ProgramRecorder {
  readonly #context: Pick<ServiceContext, 'db' | 'runs' | 'disk'>
  readonly #batchId: string
  readonly #written: () => Promise<void>
  #waiting: EndedProgram[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()
  #failed: Deferred<never> = deferred<never>()

  /** @param written is told when some were written, and awaited before more are */
  constructor(
    context: Pick<ServiceContext, 'db' | 'runs' | 'disk'>,
    batchId: string,
    written: () => Promise<void>,
  ) {
    this.#context = context
    this.#batchId = batchId
    this.#written = written
    this.#failed.promise.catch(() => {})
  }

  /** Takes one end. Resolves when there is room for the next. @throws what writing failed with */
  async add(end: EndedProgram): Promise<void> {
    this.#waiting.push(end)
    this.#bytes += end.bytes
    if (this.#waiting.length >= AT_ONCE || this.#bytes >= MAX_BYTES) await this.flush()
    else this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), WAIT_MS)
    await Promise.race([this.#failed.promise, Promise.resolve()])
  }

  /** Writes what waits. @throws what writing failed with */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const some = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    if (some.length > 0) {
      this.#writing = this.#writing.then(async () => {
        await patiently(
          this.#context,
          () => recordPrograms(this.#context.db, this.#batchId, some),
          () => {},
        )
        await this.#written()
      })
      this.#writing.catch((error: unknown) => this.#failed.reject(error))
    }
    return this.#writing
  }
}
