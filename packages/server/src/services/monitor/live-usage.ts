import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionEvent } from 'agentchat-sandbox'
import { type Actor, seesAll } from '../actor.ts'
import { ForbiddenError } from '../errors.ts'
import type { NumberedEvent } from '../executions/live-run.ts'
import { decide } from '../permission-check.ts'

/** How often it is looked whether there is something new, in milliseconds. */
const LOOK_MS = 250
/** After so long the same is told again, so that it is noticed when nobody reads. */
const REPEAT_MS = 10_000
/** As many executions are told of at a time. */
const MAX_TOLD = 200

type UsageEvent = Extract<ExecutionEvent, { readonly type: 'usage' }>

/** What an execution takes at this moment; of times in milliseconds. */
export type UsageNow = Pick<
  UsageEvent,
  'wallMs' | 'cpuMs' | 'memoryBytes' | 'peakMemoryBytes' | 'pythonHeapBytes' | 'stdoutBytes' | 'stderrBytes'
>

/** An execution that goes on. */
export interface RunningExecution {
  readonly id: string
  readonly userId: string
  readonly toolId: string | null
  readonly sessionId: string | null
  readonly createdAt: string
  /** Null while its code has not begun, or has run for less than 250 ms. */
  readonly usage: UsageNow | null
}

/** Everything that goes on at one moment, as far as it may be seen. */
export interface UsageSnapshot {
  readonly type: 'usage'
  readonly time: string
  /** The latest 200, newest first. */
  readonly executions: readonly RunningExecution[]
  /** How many more there are. */
  readonly more: number
}

/** What is known of an execution when it begins. */
type Begun = Pick<RunningExecution, 'id' | 'userId' | 'toolId' | 'sessionId'> & { readonly createdAt: Date }

/** What the executions of this service take while they run. */
export class LiveUsage {
  readonly #running = new Map<string, RunningExecution>()
  #changes = 0

  /** An execution begins, and goes on until this is disposed. */
  begin({ createdAt, ...known }: Begun): Disposable & { tell(usage: UsageEvent): void } {
    const { id, userId, toolId, sessionId } = known
    const begun = { id, userId, toolId, sessionId, createdAt: createdAt.toISOString() }
    this.#set({ ...begun, usage: null })
    return {
      tell: (usage) => this.#set({ ...begun, usage: nowOf(usage) }),
      [Symbol.dispose]: () => {
        this.#running.delete(id)
        this.#changes += 1
      },
    }
  }

  /** What goes on of one user, or of everybody. */
  snapshot(userId: string | null): UsageSnapshot {
    const all = [...this.#running.values()].filter((each) => userId === null || each.userId === userId)
    const executions = all.slice(-MAX_TOLD).reverse()
    return { type: 'usage', time: new Date().toISOString(), executions, more: all.length - executions.length }
  }

  /** What goes on now, and again at most four times a second when something of it has changed, without an end. */
  async *follow(userId: string | null): AsyncGenerator<NumberedEvent<UsageSnapshot>, void, void> {
    for (let id = 1; ; id += 1) {
      const seen = this.#changes
      yield { id, event: this.snapshot(userId) }
      const told = performance.now()
      do await sleep(LOOK_MS, undefined, { ref: false })
      while (seen === this.#changes && performance.now() - told < REPEAT_MS)
    }
  }

  #set(execution: RunningExecution): void {
    this.#running.set(execution.id, execution)
    this.#changes += 1
  }
}

function nowOf(event: UsageEvent): UsageNow {
  const { wallMs, cpuMs, memoryBytes, peakMemoryBytes, pythonHeapBytes, stdoutBytes, stderrBytes } = event
  return { wallMs, cpuMs, memoryBytes, peakMemoryBytes, pythonHeapBytes, stdoutBytes, stderrBytes }
}

/**
 * Follows the executions of the actor; with `all`, for administrators, those of everybody.
 * @throws ForbiddenError
 */
export function followUsage(
  live: LiveUsage,
  actor: Actor,
  all: boolean,
): AsyncGenerator<NumberedEvent<UsageSnapshot>, void, void> {
  const decision = decide(actor, 'read', 'execution', 'own')
  if (!decision.allowed) throw new ForbiddenError(`follow the executions: ${decision.reason}`)
  if (all && !seesAll(actor, 'execution'))
    throw new ForbiddenError('follow the executions of everybody: only an administrator may')
  return live.follow(all ? null : actor.userId)
}
