import { z } from 'zod'
import { CALL_DATA_BYTES } from '../../protocol/frames.ts'
import { late } from '../../protocol/late.ts'
import { closingController } from '../closing.ts'
import type { NetPolicy } from '../permissions/net-policy.ts'
import type { PlaceholderWatch } from '../secrets/placeholder-watch.ts'
import type { SecretGrants } from '../secrets/secret-grants.ts'
import { CallError, callError } from './call-error.ts'
import { Connection } from './connection.ts'
import type { CallAnswer, HostService } from './host-service.ts'
import type { NameLookup } from './name-queue.ts'
import { NetSecrets } from './net-secrets.ts'
import { firstReadable } from './readiness.ts'
import { Resolver } from './resolver.ts'
import type { BridgeUses } from './use-counter.ts'

/** Connections that one worker may have open. */
const MAX_CONNECTIONS = 256
const MAX_DEADLINE_MS = 2 ** 31 - 1

const schemas = late(() => {
  const host = z.string().min(1).max(300)
  const port = z.int().min(0).max(65_535)
  const deadlineMs = z.number().min(0).max(MAX_DEADLINE_MS).nullable()
  const connection = z.int()
  return {
    resolve: z.strictObject({ host, port: port.nullable() }),
    connect: z.strictObject({ host, port, deadlineMs }),
    read: z.strictObject({ connection, max: z.int().min(1).max(CALL_DATA_BYTES), deadlineMs }),
    write: z.strictObject({ connection, deadlineMs }),
    readable: z.strictObject({ connections: z.array(connection).max(MAX_CONNECTIONS), deadlineMs }),
    close: z.strictObject({ connection }),
    tls: z.strictObject({
      connection,
      serverName: z.string().min(1).max(300).nullable(),
      verify: z.boolean(),
      checkHostname: z.boolean(),
      protocols: z.array(z.string().min(1).max(50)).max(20),
      deadlineMs,
    }),
  }
})
type ConnectCall = z.output<ReturnType<typeof schemas>['connect']>

/** A connection, where it leads as Python asked for it, and what notes placeholders of secrets that it carries as they are. */
interface OpenConnection {
  readonly connection: Connection
  readonly host: string
  readonly port: number
  watch: PlaceholderWatch | null
}

const NONE: CallAnswer = { value: null }

/**
 * Connections to where the policy allows. They are made here, in the host: the worker itself never has a network. TLS is
 * done here too, with the host's own certificate authorities (`NODE_EXTRA_CA_CERTS` adds to them).
 */
export class NetService implements HostService {
  readonly #resolver: Resolver
  readonly #uses: BridgeUses
  readonly #secrets: NetSecrets
  readonly #connections = new Map<number, OpenConnection>()
  #lastId = 0
  #opening = 0
  readonly #closing = closingController()

  constructor(policy: NetPolicy, uses: BridgeUses, lookup?: NameLookup) {
    this.#resolver = new Resolver(policy, uses, lookup)
    this.#uses = uses
    this.#secrets = new NetSecrets(uses)
  }

  useSecrets(secrets: SecretGrants): void {
    this.#secrets.begin(secrets)
  }

  readonly calls: HostService['calls'] = {
    'net.resolve': async (params) => {
      const { host, port } = schemas().resolve.parse(params)
      const { addresses } = await this.#resolver.find(host, port === 0 ? null : port)
      return { value: addresses }
    },
    'net.connect': async (params) => this.#connect(schemas().connect.parse(params)),
    'net.read': async (params) => {
      const { connection, max, deadlineMs } = schemas().read.parse(params)
      return { value: null, data: await this.#at(connection).connection.read(max, deadlineMs) }
    },
    'net.readable': async (params) => {
      const { connections, deadlineMs } = schemas().readable.parse(params)
      const asked = connections.map((id) => [id, this.#at(id).connection] as const)
      return { value: await firstReadable(new Map(asked), deadlineMs) }
    },
    'net.write': async (params, data) => {
      const { connection, deadlineMs } = schemas().write.parse(params)
      const open = this.#at(connection)
      open.watch?.see(data)
      await open.connection.write(data, deadlineMs)
      return NONE
    },
    'net.tls': async (params) => {
      const { connection: id, deadlineMs, ...request } = schemas().tls.parse(params)
      const open = this.#at(id)
      const { connection, host, port } = open
      // What is checked is the certificate: it says who is there.
      const destination = { host: request.serverName ?? host, port }
      const secrets = this.#secrets.for(destination, request)
      // Another protocol could not be read here.
      const asked = secrets.length === 0 ? request : { ...request, protocols: ['http/1.1'] }
      const { certificate, ...facts } = await connection.startTls(asked, host, deadlineMs)
      if (secrets.length > 0) {
        this.#secrets.standBetween(connection, destination, secrets)
        open.watch = null
      }
      return { value: facts, data: certificate.subarray(0, CALL_DATA_BYTES) }
    },
    'net.end': async (params) => {
      this.#at(schemas().close.parse(params).connection).connection.end()
      return NONE
    },
    'net.close': async (params) => {
      const { connection: id } = schemas().close.parse(params)
      this.#connections.get(id)?.connection.close()
      this.#connections.delete(id)
      return NONE
    },
  }

  close(): void {
    this.#closing.abort(overError())
    this.#resolver.close()
    for (const { connection } of this.#connections.values()) connection.close()
    this.#connections.clear()
  }

  async #connect({ host, port, deadlineMs }: ConnectCall): Promise<CallAnswer> {
    if (this.#connections.size + this.#opening >= MAX_CONNECTIONS) {
      throw new CallError('EMFILE', `Too many open connections: ${MAX_CONNECTIONS}`)
    }
    this.#opening += 1
    try {
      const { addresses, value } = await this.#resolver.find(host, port)
      const connection = await this.#firstOf(addresses, port, deadlineMs)
      this.#uses.used.add('net', value)
      return this.#keep({ connection, host, port, watch: this.#secrets.watch(value) })
    } finally {
      this.#opening -= 1
    }
  }

  #keep(open: OpenConnection): CallAnswer {
    const { connection } = open
    if (this.#closing.signal.aborted) {
      connection.close()
      throw overError()
    }
    this.#lastId += 1
    this.#connections.set(this.#lastId, open)
    return { value: { connection: this.#lastId, ...connection.addresses } }
  }

  /** The addresses one after the other, as `socket.create_connection` does it. */
  async #firstOf(addresses: readonly string[], port: number, deadlineMs: number | null): Promise<Connection> {
    let failure: CallError = new CallError('resolve', 'Name or service not known')
    for (const address of addresses) {
      try {
        return await Connection.open(address, port, { deadlineMs, signal: this.#closing.signal })
      } catch (error) {
        failure = callError(error)
      }
    }
    throw failure
  }

  #at(id: number): OpenConnection {
    const found = this.#connections.get(id)
    if (found === undefined) throw new CallError('EBADF', 'Bad file descriptor')
    return found
  }
}

function overError(): CallError {
  return new CallError('ECONNABORTED', 'the run is over')
}
