/** A signal that is aborted with the first of several, until it is disposed. */
export interface JoinedSignal extends Disposable {
  readonly signal: AbortSignal
}

/**
 * Joins signals for a while. `AbortSignal.any` would leave an entry in each of them, and one that lives as long as a
 * program would collect an entry for every execution.
 */
export function joinSignals(...signals: readonly (AbortSignal | undefined)[]): JoinedSignal {
  const controller = new AbortController()
  const stops: (() => void)[] = []
  const stop = () => {
    for (const each of stops.splice(0)) each()
  }
  for (const source of signals) {
    if (source === undefined || controller.signal.aborted) continue
    const abort = () => {
      stop()
      controller.abort(source.reason)
    }
    source.addEventListener('abort', abort)
    stops.push(() => source.removeEventListener('abort', abort))
    if (source.aborted) abort()
  }
  return { signal: controller.signal, [Symbol.dispose]: stop }
}
