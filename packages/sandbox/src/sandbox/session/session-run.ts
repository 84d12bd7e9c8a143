import { giveFiles } from '../execution/execute.ts'
import { withMissing } from '../execution/on-demand/package-failure.ts'
import type { ExecutionRequest } from '../execution/request.ts'
import type { ExecutionEvent } from '../result/events.ts'
import { withMethods } from '../result/result-methods.ts'
import type { Life } from './life.ts'
import type { Since } from './session-parts.ts'
import { supplySession } from './session-supply.ts'

/**
 * Runs code in a session whose turn it is, and yields what happens. What it leaves is being kept when this has ended.
 * Rejects with the reason of the signal when that is aborted before the code begins.
 */
export async function* runInSession(
  life: Life,
  request: ExecutionRequest,
  since: Since,
): AsyncGenerator<ExecutionEvent> {
  const { signal } = since
  await life.notice(signal)
  const lost = life.takeUntold() ?? since.died
  await life.awake(signal)
  const startMs = performance.now() - since.asked - since.queueMs
  const supply = yield* supplySession(life, request, signal)
  if ('status' in supply) {
    yield { type: 'finished', result: supply }
    return
  }
  const { missing, packagesMs } = supply
  const ready = await life.awake(signal)
  await giveFiles(ready.worker, request).catch((error: unknown) => {
    // Some of them may be there: the session goes on from before it.
    life.giveUp()
    throw error
  })
  const { keeper, imports } = life.parts
  let begun = false
  const onStarted = () => {
    begun = true
  }
  for await (const event of ready.run(request, {
    queueMs: since.queueMs,
    startMs,
    packagesMs,
    keeper,
    onStarted,
  })) {
    if (event.type === 'started' && since.died !== null) continue
    if (event.type !== 'finished') {
      yield event
      continue
    }
    const { error } = event.result
    life.changed()
    if (error?.kind === 'crashed' && !begun && lost === null) {
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
