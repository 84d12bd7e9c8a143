const EXIT_CODES = { SIGINT: 0, SIGTERM: 0, SIGHUP: 0 } as const
const KILLED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Resolves with the exit code when the first signal comes; the second ends this process at once. */
export function endOfService(): Promise<number> {
  return new Promise((resolve) => {
    let ending = false
    for (const name of Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]) {
      process.on(name, () => {
        if (ending) process.exit(KILLED[name])
        ending = true
        resolve(EXIT_CODES[name])
      })
    }
  })
}
