import {
  AckPolicy,
  type Consumer,
  DiscardPolicy,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream'
import { type NatsConnection, nanos } from '@nats-io/transport-node'
import { OverloadedError, UnavailableError } from '../services/errors.ts'
import { encoded, type Ticket } from './messages.ts'
import { QUEUE } from './subjects.ts'

/** A claim takes milliseconds: what was given to somebody who does not make one is given to the next one. */
const ACK_WAIT_MS = 2000
const ANSWER_MS = 2000
/** What JetStream says to a message that the stream has no room for. */
const STREAM_FULL = 10_077

/** What waits for a machine: in memory, since the database knows it all. */
export class RunQueue {
  readonly #connection: NatsConnection
  readonly #max: number

  /** @param max is how many may wait */
  constructor(connection: NatsConnection, max: number) {
    this.#connection = connection
    this.#max = max
  }

  /** Makes the stream and its consumer where they are not: a server that was started anew has forgotten both. */
  async ensure(): Promise<void> {
    const manager = await jetstreamManager(this.#connection, { timeout: ANSWER_MS })
    const stream = {
      ...{ name: QUEUE.stream, subjects: [QUEUE.subject], retention: RetentionPolicy.Workqueue },
      ...{ storage: StorageType.Memory, discard: DiscardPolicy.New, max_msgs: this.#max },
    }
    try {
      await manager.streams.add(stream)
    } catch (error) {
      // Another service made it with another bound: the newest one holds.
      if (!(error instanceof JetStreamApiError)) throw error
      await manager.streams.update(QUEUE.stream, { max_msgs: this.#max })
    }
    await manager.consumers.add(QUEUE.stream, {
      ...{ durable_name: QUEUE.consumer, ack_policy: AckPolicy.Explicit, ack_wait: nanos(ACK_WAIT_MS) },
      max_ack_pending: 10_000,
    })
  }

  /**
   * Lets machines know of an execution that waits.
   * @throws OverloadedError when too many wait
   * @throws UnavailableError when NATS does not answer
   */
  async offer(ticket: Ticket): Promise<void> {
    try {
      await jetstream(this.#connection, { timeout: ANSWER_MS }).publish(QUEUE.subject, encoded(ticket))
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === STREAM_FULL)
        throw new OverloadedError({ cause: error })
      throw new UnavailableError('message service', { cause: error })
    }
  }

  /** Has everything been taken out of it? False where that is not known. */
  async isEmpty(): Promise<boolean> {
    try {
      const manager = await jetstreamManager(this.#connection, { timeout: ANSWER_MS, checkAPI: false })
      return (await manager.streams.info(QUEUE.stream)).state.messages === 0
    } catch {
      return false
    }
  }
}

/** The queue as a machine sees it. @throws an error of NATS when it is not there */
export async function queueConsumer(connection: NatsConnection): Promise<Consumer> {
  const stream = jetstream(connection, { timeout: ANSWER_MS })
  return await stream.consumers.get(QUEUE.stream, QUEUE.consumer)
}
