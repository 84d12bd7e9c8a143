import { cancelledResult } from '../build-result.ts'
import type { ExecutionEvent } from '../events.ts'
import { giveFiles } from '../files/give-files.ts'
import { withMissing } from '../on-demand/package-failure.ts'
import type { ExecutionRequest } from '../request.ts'
import { withMethods } from '../result-methods.ts'
import type { SessionLife } from './session-life.ts'
import type { Since } from './session-parts.ts'
import { supplySession } from './session-supply.ts'

/** Runs code in a session whose turn it is, and yields what happens. What it leaves is being kept when this has ended. */
export async function* runInSession(
  life: SessionLife,
  request: ExecutionRequest,
  since: Since,
): AsyncGenerator<ExecutionEvent> {
  const { signal } = request
  await life.notice()
  const lost = life.takeUntold() ?? since.died
  const live = await life.awake(signal).catch((error: unknown) => {
    if (signal?.aborted) return null
    throw error
  })
  if (live === null || signal?.aborted) {
    yield { type: 'finished', result: cancelledResult(request, performance.now() - since.asked) }
    return
  }
  const startMs = performance.now() - since.asked - since.queueMs
  const supply = yield* supplySession(life, request)
  if ('status' in supply) {
    yield { type: 'finished', result: supply }
    return
  }
  const { missing, packagesMs } = supply
  const ready = await life.awake()
  await giveFiles(ready.worker, request)
  const { keeper, imports } = life.parts
  for await (const event of ready.run(request, { queueMs: since.queueMs, startMs, packagesMs, keeper })) {
    if (event.type === 'started' && since.died !== null) continue
    if (event.type !== 'finished') {
      yield event
      continue
    }
    const { error, usage } = event.result
    life.changed()
    if (error?.kind === 'crashed' && usage.wallMs === 0 && lost === null) {
      // It had died before, and nobody had noticed: the code has not begun.
      yield* runInSession(life, request, { ...since, died: 'crashed' })
      return
    }
    const reason = ready.worker.alive ? lost : (error?.kind ?? 'crashed')
    yield {
      type: 'finished',
      result: withMethods({
        ...withMissing(event.result, missing, imports),
        sessionRestored: reason === null ? null : { reason },
      }),
    }
  }
}
