import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { inLane } from '../services/actor.ts'
import { boundAddresses } from './address-bounds.ts'
import { clientAddress, type TrustedProxies } from './client-address.ts'
import { KnownCallers } from './known-callers.ts'
import { RequestTurns } from './request-turns.ts'
import { listenRefusal } from './start-refusal.ts'

/** How long a client may take to send a request, and may keep an idle connection. */
const REQUEST_TIMEOUT_MS = 30_000
const HEADERS_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 65_000
const MAX_HEADER_BYTES = 16_384
/** How often Node looks for clients that take longer. */
const TIMEOUTS_EVERY_MS = 2000
/** How long a client may take nothing of an answer that it waits for. */
const READER_STALL_MS = 60_000
/** How many connections one address may have. */
const MAX_CONNECTIONS = 512

/** Something else listens there already. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError'
  readonly code = 'port-in-use'
  constructor(host: string, port: number, options?: ErrorOptions) {
    super(
      `Cannot listen on ${host}, port ${port}: something else does, perhaps another service of this kind; end it, ` +
        'or choose another port with --port or AGENTCHAT_PORT',
      options,
    )
  }
}

/** Where to listen, and for whom. */
export interface ListenPlan {
  readonly host: string
  readonly port: number
  /** Without it every request stands in the line of its address. */
  readonly callers?: KnownCallers
  /** Without it nobody's word on where a request comes from counts. */
  readonly isTrustedProxy?: TrustedProxies
  readonly readerStallMs?: number | undefined
  /** Of one address. */
  readonly maxConnections?: number | undefined
}

/** A service that listens. */
export interface Listening {
  readonly host: string
  readonly port: number
  /** Takes no new connections; those that are open end with the answer that they wait for. */
  stop(): Promise<void>
  /** Breaks off whatever is still open. */
  destroy(): void
}

/**
 * Answers on a port. With port 0 a free one is found.
 * @throws PortInUseError
 * @throws StartRefusedError
 */
export async function listen(
  fetch: (request: Request, env: { readonly incoming: object }) => Response | Promise<Response>,
  {
    host,
    port,
    callers = new KnownCallers(),
    isTrustedProxy = () => false,
    readerStallMs = READER_STALL_MS,
    maxConnections = MAX_CONNECTIONS,
  }: ListenPlan,
): Promise<Listening> {
  const turns = new RequestTurns()
  const answer = getRequestListener(async (request, { incoming }) => {
    const { headers, socket } = incoming
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join()
    const address = clientAddress(socket.remoteAddress ?? '', forwarded, isTrustedProxy)
    const lane = callers.laneOf(headers, address)
    await turns.enter(lane)
    return await inLane(lane, () => fetch(request, { incoming }))
  })
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUTS_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  })
  boundConnections(server, answer)
  boundAddresses(server, { isTrustedProxy, maxConnections })
  endStalledReaders(server, readerStallMs)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const taken = 'code' in error && error.code === 'EADDRINUSE'
      reject(taken ? new PortInUseError(host, port, { cause: error }) : listenRefusal(host, port, error))
    })
    server.listen(port, host, () => resolve())
  })
  const address = server.address()
  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
    destroy: () => server.closeAllConnections(),
  }
}

/**
 * Ends connections whose readers have taken nothing of an answer for so long: what the answer holds on the host, and its
 * place in the quota, is free then. Who waits for an answer that has not begun is not disturbed.
 */
function endStalledReaders(server: Server, stallMs: number): void {
  const answering = new WeakSet<Socket>()
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answering.add(socket)
    response.once('close', () => answering.delete(socket))
  })
  server.setTimeout(stallMs, (socket) => {
    // Node tells of a time-out only when also what was written before has not moved on.
    if (socket.writableLength > 0 || !answering.has(socket)) socket.destroy()
  })
}

/** So many requests may be sent over a connection before the first of them is answered. */
const MAX_PIPELINED = 8

/**
 * Answers requests, and ends a connection that sends many of them ahead: Node hands over all that came at once, however
 * many requests that is.
 */
function boundConnections(
  server: Server,
  answer: (incoming: IncomingMessage, response: ServerResponse) => void,
): void {
  const unanswered = new WeakMap<Socket, number>()
  server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
    const { socket } = incoming
    if (socket.destroyed) {
      // Node would make an error, with its stack, for each that is open still.
      incoming.destroy()
      return
    }
    const count = (unanswered.get(socket) ?? 0) + 1
    if (count > MAX_PIPELINED) {
      socket.destroy()
      return
    }
    unanswered.set(socket, count)
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1))
    answer(incoming, response)
  })
}
