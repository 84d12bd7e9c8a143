import { setTimeout as sleep } from 'node:timers/promises'
import type { JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { type Logger, loggable } from '../../logger.ts'
import { queueConsumer } from '../queue.ts'

/** How long a slot waits for work before it asks again. */
const PULL_MS = 5000
/** Where NATS is away, nothing comes and nothing ends: what comes of that much later is somebody else's. */
const LATE_MS = 2000
/** A ticket that nobody could claim so often is thrown away: the service offers it again while it wants it. */
const MAX_DELIVERIES = 20

/** What a machine pulls with. */
interface PullParts {
  readonly connection: NatsConnection
  readonly logger: Logger
  /** Does the machine leave? Then nothing is amiss where the queue is gone. */
  isEnding(): boolean
}

/** The next one of what waits in the queue, which has to be answered; null where none came within a while. */
export async function pulled({ connection, logger, isEnding }: PullParts): Promise<JsMsg | null> {
  const timer = new AbortController()
  try {
    const next = (await queueConsumer(connection)).next({ expires: PULL_MS })
    const late = sleep(PULL_MS + LATE_MS, 'late' as const, timer).catch(() => 'late' as const)
    const first = await Promise.race([next, late])
    if (first !== 'late') return first
    void next.then((message) => message?.nak()).catch(() => {})
    return null
  } catch (error) {
    if (isEnding()) return null
    logger.debug({ error: loggable(error) }, 'machine.queue-not-there')
    await sleep(250)
    return null
  } finally {
    timer.abort()
  }
}

/** Gives back what could not be claimed, for who asks next. */
export function giveBack(message: JsMsg): void {
  if (message.info.deliveryCount < MAX_DELIVERIES) message.nak(250)
  else message.term()
}
