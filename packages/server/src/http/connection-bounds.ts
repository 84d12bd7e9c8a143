import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** So many requests may be sent over a connection before the first of them is answered. */
const MAX_PIPELINED = 8

/**
 * Answers requests, and ends a connection that sends many of them ahead: Node hands over all that came at once, however
 * many requests that is.
 */
export function boundConnections(
  server: Server,
  answer: (incoming: IncomingMessage, response: ServerResponse) => void,
): void {
  const unanswered = new WeakMap<Socket, number>()
  server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
    const { socket } = incoming
    if (socket.destroyed) return
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
