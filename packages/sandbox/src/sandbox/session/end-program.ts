import type { ExecutionRequest } from '../execution/request.ts'
import type { Life } from './life.ts'

/** What the end of a program may take. */
const END_SECONDS = 1

/**
 * Gives the program of a session the end that Python gives one: what it registered with `atexit`, its finalizers, what is
 * still in the buffers of its files. Does nothing where nobody could tell: nothing that is outside of the worker was
 * granted; and nothing while something else is under way. Nobody hears what it prints.
 */
export async function endProgram(life: Life): Promise<void> {
  const request = life.parts.request('', { timeoutSeconds: END_SECONDS, cpuSeconds: END_SECONDS })
  if (!reachesOutside(request)) return
  await life.whileIdle(async () => {
    if (!life.live) return
    await life.takeState().catch(() => {})
    const live = await life.awake()
    if (!live.worker.alive) return
    const last = { ...request, tools: null, message: { ...request.message, tools: null, isLast: true } }
    const context = { queueMs: 0, startMs: 0, packagesMs: 0, keeper: life.parts.keeper, onStarted() {} }
    for await (const event of live.run(last, context)) if (event.type === 'finished') return
  })
}

function reachesOutside({
  granted: { allowWrite, allowNet, allowRun, allowFfi },
}: ExecutionRequest): boolean {
  return [allowWrite, allowNet, allowRun, allowFfi].some(
    (grant) => grant === true || (grant && grant.length > 0),
  )
}
