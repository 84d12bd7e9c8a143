import type { Readable } from 'node:stream'
import { type Actor, quotaHolders } from '../actor.ts'
import type { ServiceContext } from '../context.ts'

/** The place of somebody who reads an answer, until it is disposed. */
export interface Reading extends Disposable {
  /** Aborted when the right to read it ends. */
  readonly signal: AbortSignal
}

/**
 * Takes a place for reading something that may take long.
 * @throws QuotaExceededError
 */
export async function reading(context: ServiceContext, actor: Actor): Promise<Reading> {
  return heldReading(context, actor, context.readerPlaces.take(quotaHolders(context, actor)))
}

/** The same, with a place that was taken already. */
export function heldReading({ rights }: ServiceContext, actor: Actor, place: Disposable): Reading {
  const controller = new AbortController()
  const { userId, apiKeyId, signInId = null, role } = actor
  const end = () => controller.abort(new Error('the right to read it has ended'))
  const use = rights.hold({ userId, apiKeyId, signInId, role, end })
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      use[Symbol.dispose]()
      place[Symbol.dispose]()
    },
  }
}

/** A stream that keeps the place until it is over, and is broken off when the right to read it ends. */
export function heldBy<Stream extends Readable>(place: Reading, stream: Stream): Stream {
  const { signal } = place
  const end = () => void stream.destroy(signal.reason)
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  stream.once('close', () => {
    signal.removeEventListener('abort', end)
    place[Symbol.dispose]()
  })
  return stream
}
