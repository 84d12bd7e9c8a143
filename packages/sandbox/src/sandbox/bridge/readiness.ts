import type { Connection } from './connection.ts'

/** Which of these can be read without waiting, after waiting until one can; none when the time is over. */
export async function firstReadable(
  connections: ReadonlyMap<number, Connection>,
  deadlineMs: number | null,
): Promise<number[]> {
  const deadline = deadlineMs === null ? Number.POSITIVE_INFINITY : performance.now() + deadlineMs
  for (;;) {
    const news = newsOf([...connections.values()], deadline - performance.now())
    try {
      const entries = await Promise.all(
        [...connections].map(async ([id, connection]) => ({ id, readable: await connection.readable() })),
      )
      const found = entries.filter(({ readable }) => readable).map(({ id }) => id)
      if (found.length > 0 || performance.now() >= deadline) return found
      await news.promise
    } finally {
      news.stop()
    }
  }
}

/** Resolves when something happens to one of these, or the time is over. */
function newsOf(connections: readonly Connection[], ms: number): { promise: Promise<void>; stop(): void } {
  const stops: (() => void)[] = []
  const promise = new Promise<void>((resolve) => {
    for (const connection of connections) stops.push(connection.watch(resolve))
    if (ms === Number.POSITIVE_INFINITY) return
    const timer = setTimeout(resolve, Math.max(0, ms))
    stops.push(() => clearTimeout(timer))
  })
  return {
    promise,
    stop() {
      for (const stop of stops) stop()
    },
  }
}
