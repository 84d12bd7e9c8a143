import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from '../services/users/network-of.ts'
import { clientAddress, type TrustedProxies } from './client-address.ts'

/** What one address may have open. */
export interface AddressBounds {
  readonly maxConnections: number
  /** Their connections are those of everybody behind them, and have no bound. */
  readonly isTrustedProxy: TrustedProxies
}

/**
 * Holds each address, or network of IPv6, to so many connections. Where one more comes, the one that was idle for longest
 * makes room; where all wait for an answer, the new one is ended. Connections of others are not touched.
 */
export function boundAddresses(server: Server, { maxConnections, isTrustedProxy }: AddressBounds): void {
  /** Of each network, the connection that was used longest ago first. */
  const networks = new Map<string, Set<Socket>>()
  const setOf = new WeakMap<Socket, Set<Socket>>()
  const answering = new Map<Socket, number>()
  server.on('connection', (socket) => {
    const address = clientAddress(socket.remoteAddress ?? '', undefined, isTrustedProxy)
    if (isTrustedProxy(address)) return
    const network = networkOf(address)
    const open = networks.get(network) ?? new Set()
    networks.set(network, open)
    if (open.size >= maxConnections && !endIdlest(open)) {
      socket.destroy()
      return
    }
    open.add(socket)
    setOf.set(socket, open)
    socket.once('close', () => {
      open.delete(socket)
      if (open.size === 0 && networks.get(network) === open) networks.delete(network)
    })
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answering.set(socket, (answering.get(socket) ?? 0) + 1)
    response.once('close', () => {
      const left = (answering.get(socket) ?? 1) - 1
      if (left > 0) answering.set(socket, left)
      else answering.delete(socket)
      const open = setOf.get(socket)
      if (open?.delete(socket)) open.add(socket)
    })
  })

  /** Ends the connection that was without a request for longest; false when there is none. */
  function endIdlest(open: Set<Socket>): boolean {
    for (const socket of open) {
      if (answering.has(socket)) continue
      open.delete(socket)
      socket.destroy()
      return true
    }
    return false
  }
}
