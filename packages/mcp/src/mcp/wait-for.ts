/** Resolves when `work` is over, after `ms` milliseconds, or when `signal` is aborted; rejects as `work` does. */
export async function waitFor(work: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  let stop = () => {}
  const given = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    const up = () => resolve()
    signal.addEventListener('abort', up)
    stop = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', up)
    }
  })
  await Promise.race([work, given]).finally(stop)
}
