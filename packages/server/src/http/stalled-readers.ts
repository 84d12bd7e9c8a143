import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Ends connections whose readers have taken nothing of an answer for so long: what the answer holds on the host, and its
 * place in the quota, is free then. Who waits for an answer that has not begun is not disturbed.
 */
export function endStalledReaders(server: Server, stallMs: number): void {
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
