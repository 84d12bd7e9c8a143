import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionEvent } from 'agentchat-sandbox'
import { newId } from '../../db/index.ts'
import { type Lease, machinesAlive } from '../../db/queries/members.ts'
import type { ServiceContext } from '../../services/context.ts'
import { OverloadedError } from '../../services/errors.ts'
import type { Work } from '../work.ts'

/** How often it is looked whether the machine is still there. */
const LOOK_MS = 2000
/** How long is waited where the queue is full: who asks has time. */
const FULL_MS = 1000

/** How a program reaches a machine. */
export interface ProgramParts {
  readonly context: Pick<ServiceContext, 'db'>
  /** Waits for a machine that has room; null when the signal is aborted first. */
  given(id: string, work: Work, signal: AbortSignal): Promise<Lease | null>
  /** The events of what this machine runs under this id. */
  events(
    id: string,
    machine: string,
    ends: { readonly cancelled: AbortSignal; readonly lost: AbortSignal },
  ): AsyncIterable<ExecutionEvent>
}

/**
 * Runs what is recorded nowhere as an execution of its own: at most once, for it is offered by this service alone and given
 * once. Yields nothing when it is cancelled before.
 * @throws RunInterruptedError when the machine is lost
 */
export async function* runProgram(
  { context, given, events }: ProgramParts,
  work: Work,
  signal: AbortSignal,
): AsyncGenerator<ExecutionEvent, void, void> {
  const id = newId('use')
  const machine = await whenThereIsRoom(() => given(id, work, signal), signal)
  if (machine === null) return
  const lost = new AbortController()
  const look = async () => {
    const alive = await machinesAlive(context.db).catch(() => null)
    const isThere = alive?.some(({ name, epoch }) => name === machine.name && epoch === machine.epoch)
    if (isThere === false) lost.abort(new Error('the machine that ran it was lost'))
  }
  const timer = setInterval(() => void look(), LOOK_MS).unref()
  try {
    yield* events(id, machine.name, { cancelled: signal, lost: lost.signal })
  } finally {
    clearInterval(timer)
  }
}

async function whenThereIsRoom<Value>(ask: () => Promise<Value>, signal: AbortSignal): Promise<Value | null> {
  while (!signal.aborted) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error
      await sleep(FULL_MS, undefined, { signal }).catch(() => {})
    }
  }
  return null
}
