import type { PyodideModule } from './pyodide-module.ts'

/**
 * The time that Python computes, which is what clocks of the process and of threads tell: Emscripten's count the time, too,
 * in which all stacks wait.
 */

const PROCESS_CLOCK = 2
const THREAD_CLOCK = 3
const NANOSECONDS = 1e6

// Of JSPI, which TypeScript does not know yet.
const { Suspending } = WebAssembly as unknown as {
  readonly Suspending: new (wait: (...given: unknown[]) => Promise<unknown>) => WebAssembly.ImportValue
}

type TellTime = (clock: number, precision: bigint, address: number) => number

// Taken before user code runs: it may replace what it can reach.
const now = performance.now.bind(performance)
const soon = queueMicrotask.bind(globalThis)
let computed = 0
/** Since when a stack of Python runs; null while none does. */
let since: number | null = null

/** A stack of Python begins, or goes on. */
export function beginComputing(): void {
  since ??= now()
}

/** It waits, or has ended. Of several stacks one runs at a time. */
export function endComputing(): void {
  computed += since === null ? 0 : now() - since
  since = null
}

/** Puts these in the place of Emscripten's clock, and of Pyodide's function by which a stack waits. */
export function installCpuClock(env: Record<string, WebAssembly.ImportValue>, module: PyodideModule): void {
  const tellTime = env.clock_time_get as TellTime
  env.clock_time_get = (clock: number, precision: bigint, address: number) => {
    if (clock !== PROCESS_CLOCK && clock !== THREAD_CLOCK) return tellTime(clock, precision, address)
    const milliseconds = computed + (since === null ? 0 : now() - since)
    const view = new DataView(module.HEAPU8.buffer)
    view.setBigInt64(address >>> 0, BigInt(Math.round(milliseconds * NANOSECONDS)), true)
    return 0
  }
  env.syncifyHandler = new Suspending(async (promise: unknown, otherwise: unknown) => {
    endComputing()
    try {
      return await (promise ?? otherwise)
    } catch (error) {
      if (isFatal(error)) throw error
      module.syncify_error = error
      return module.error
    } finally {
      // The last thing before the stack goes on: another one, whose end is noted a moment later, may have woken this one.
      soon(beginComputing)
    }
  })
}

function isFatal(error: unknown): boolean {
  return Boolean(
    (error as { readonly pyodide_fatal_error?: unknown } | null | undefined)?.pyodide_fatal_error,
  )
}
