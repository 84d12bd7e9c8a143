/** What the operator's signals do to a run. */
export interface Interruption extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** What a shell expects as exit code after the signal that came, or null when none did. */
  readonly exitCode: number | null
  /** From now on the first signal asks Python to end; before, it ends this process. */
  runHasBegun(): void
}

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** Listens for Ctrl-C and its kin until it is disposed. The second signal ends this process, and with it the worker. */
export function watchSignals(): Interruption {
  const controller = new AbortController()
  let exitCode: number | null = null
  let running = false
  const onSignal = (name: keyof typeof EXIT_CODES) => {
    if (exitCode !== null || !running) process.exit(EXIT_CODES[name])
    exitCode = EXIT_CODES[name]
    controller.abort(new Error(name))
  }
  const names = Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]
  for (const name of names) process.on(name, onSignal)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    runHasBegun() {
      running = true
    },
    [Symbol.dispose]() {
      for (const name of names) process.off(name, onSignal)
    },
  }
}
