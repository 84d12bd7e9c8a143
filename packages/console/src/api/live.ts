import { good, service } from './client.ts'
import { eventsOf } from './events.ts'

/** What an execution takes at one moment, in milliseconds and bytes. */
export interface LiveFigures {
  readonly wallMs: number
  readonly cpuMs: number
  readonly memoryBytes: number
  readonly peakMemoryBytes: number
  readonly pythonHeapBytes: number | null
}

/** An execution that goes on; without figures while its code has not begun. */
export interface LiveExecution {
  readonly id: string
  readonly userId: string
  readonly createdAt: string
  readonly usage: LiveFigures | null
}

/** What runs at one moment, which is one of the service's clock. */
export interface LiveSnapshot {
  readonly time: string
  readonly executions: readonly LiveExecution[]
}

const AGAIN_MS = 3000

/** What runs, as it changes, until the signal is aborted; a connection that is lost is taken up again. */
export async function* followLive(
  scope: 'mine' | 'all',
  signal: AbortSignal,
): AsyncGenerator<LiveSnapshot, void, void> {
  while (!signal.aborted) {
    try {
      const answer = await good<Response>(service.stats.live.$get({ query: { scope } }, { init: { signal } }))
      for await (const { data } of eventsOf<LiveSnapshot>(answer)) yield data
    } catch {
      // It is tried again below, or the page is gone.
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}
