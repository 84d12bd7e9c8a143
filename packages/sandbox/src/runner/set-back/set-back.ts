import type { HostCalls } from '../host-calls.ts'
import type { FileQuota } from '../memory-files/quota.ts'
import type { LoaderModule } from '../native/module.ts'
import { pause } from '../pause.ts'
import type { PyodideModule, PyProxy } from '../pyodide-module.ts'
import type { Scheduler } from '../scheduler.ts'
import { clearInstalledTimers } from '../timers.ts'
import { KeptFiles } from './kept-files.ts'
import { KeptMemory } from './kept-memory.ts'
import { KeptObjects } from './kept-objects.ts'

// Taken before user code runs: it may replace what it can reach.
const now = performance.now.bind(performance)

/** How long a question to the host, or a callback, may go on after the end of its program, in milliseconds. */
const ANSWER_MS = 100

/** What an interpreter is made of that can be set back. */
export interface SetBackParts {
  readonly module: PyodideModule
  /** Returns the names, as JSON text, of what the program left running and cannot be ended. */
  readonly leftBehind: PyProxy
  /** Draws new luck. */
  readonly reset: PyProxy
  readonly calls: HostCalls
  readonly quota: FileQuota
  readonly scheduler: Scheduler
}

/** Makes an interpreter what it was before a program ran in it, as often as one likes. */
export class SetBack {
  readonly #parts: SetBackParts
  readonly #memory: KeptMemory
  readonly #objects: KeptObjects
  readonly #files: KeptFiles
  /** Which native libraries there were, and which functions C code could call by their index. */
  readonly #native: string

  /** Notes what there is now. The interpreter must be idle. */
  constructor(parts: SetBackParts) {
    const { module } = parts
    this.#parts = parts
    this.#objects = new KeptObjects(module)
    this.#files = new KeptFiles(module)
    this.#native = nativeFacts(module)
    this.#memory = new KeptMemory(module)
  }

  /**
   * Sets all of it back.
   * @throws Error naming what cannot be set back: the process is then of no further use
   */
  async restore(): Promise<void> {
    const { module, reset, quota, scheduler, calls } = this.#parts
    // What closes a connection waits for the host a little longer than its program does.
    await until(() => calls.waiting === 0)
    this.#clearCallbacks()
    // One that has begun may wait, or be about to be called: its memory is not taken away from it.
    await until(() => scheduler.running === 0)
    this.#clearCallbacks()
    const problem = this.#problem()
    if (problem !== null) throw new Error(problem)
    this.#memory.restore()
    this.#objects.restore()
    this.#files.restore()
    module.localTime.forget()
    quota.recount()
    reset()
  }

  #problem(): string | null {
    const { calls, leftBehind, scheduler } = this.#parts
    if (calls.waiting > 0) return 'a question to the host that was not answered'
    if (scheduler.running > 0) return 'a callback that goes on'
    const found = JSON.parse(String(leftBehind())) as string[]
    if (found.length > 0) return found.join(', ')
    if (nativeFacts(this.#parts.module) !== this.#native)
      return 'a native library, or a function for C code (ctypes)'
    return this.#memory.problem() ?? this.#files.problem()
  }

  #clearCallbacks(): void {
    this.#parts.scheduler.clear()
    // Those of `signal.setitimer` are among them.
    clearInstalledTimers()
    const { timers } = this.#parts.module
    for (const kind of Object.keys(timers)) delete timers[kind]
  }
}

/** Waits until it is so, though not for long. */
async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = now() + ANSWER_MS; !isSo() && now() < deadline; ) await pause(1).promise
}

function nativeFacts(module: PyodideModule): string {
  const { wasmTable, freeTableIndexes, LDSO } = module as LoaderModule
  const libraries = Object.values(LDSO.loadedLibsByName).map(({ name, refcount }) => [name, refcount])
  return JSON.stringify([wasmTable.length, freeTableIndexes, libraries])
}
