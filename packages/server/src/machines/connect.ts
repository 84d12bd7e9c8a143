import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node'

/** How NATS is reached. */
export interface NatsPlace {
  /** One or several, separated by commas: `nats://` or `tls://`. */
  readonly url: string
  /** The seed of the key that NATS knows this member by. */
  readonly seed?: string | undefined
  /** A file with the authorities that the servers' certificates are checked with; without it those of the system. */
  readonly caFile?: string | undefined
  /** What this member is called in NATS. */
  readonly name: string
  /** Answers come to subjects below this one. */
  readonly inboxPrefix: string
}

/** NATS is not there, or does not let us in. */
export class NatsRefusedError extends Error {
  override readonly name = 'NatsRefusedError'
  readonly code = 'start-refused'
}

/**
 * Connects, and connects again whenever the connection breaks, for ever.
 * @throws NatsRefusedError
 */
export async function connectToNats(place: NatsPlace): Promise<NatsConnection> {
  const servers = place.url.split(',').map((each) => each.trim())
  const isTls = servers.some((each) => each.startsWith('tls:'))
  try {
    return await connect({
      ...{ servers, name: place.name, inboxPrefix: place.inboxPrefix, timeout: 5000 },
      ...{ maxReconnectAttempts: -1, reconnectTimeWait: 250, reconnectJitter: 100, noEcho: false },
      // A connection that is silently gone is noticed within the time that a lease holds.
      ...{ pingInterval: 2000, maxPingOut: 2, ignoreAuthErrorAbort: true },
      ...(place.seed === undefined ? {} : { authenticator: nkeyAuthenticator(Buffer.from(place.seed)) }),
      ...(isTls ? { tls: place.caFile === undefined ? {} : { caFile: place.caFile } } : {}),
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new NatsRefusedError(
      `Cannot use NATS at ${servers.join(', ')}: ${why}; correct --nats, AGENTCHAT_NATS_SEED or AGENTCHAT_NATS_CA`,
      { cause: error },
    )
  }
}
