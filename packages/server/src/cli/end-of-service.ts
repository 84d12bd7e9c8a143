const KILLED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
/** npm passes on a Ctrl-C that the terminal has sent to this process too: so soon, it is the same one. */
const SAME_MS = 500

/** Resolves with the exit code when the first signal comes; the second ends this process at once. */
export function endOfService(): Promise<number> {
  return new Promise((resolve) => {
    let first: number | null = null
    for (const name of Object.keys(KILLED) as (keyof typeof KILLED)[]) {
      process.on(name, () => {
        if (first !== null && performance.now() - first > SAME_MS) process.exit(KILLED[name])
        first ??= performance.now()
        resolve(0)
      })
    }
  })
}
