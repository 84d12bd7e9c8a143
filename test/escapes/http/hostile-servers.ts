import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** How a server of the attacker answers. */
export type Behaviour = (incoming: IncomingMessage, answer: ServerResponse) => void

/** Servers of the attacker on this machine, one for each behaviour, which live as long as the suite. */
export class HostileServers {
  readonly #open = new Map<Behaviour, { server: Server; url: Promise<string>; sockets: Set<Socket> }>()

  /** The address of a server that answers so. */
  url(behaviour: Behaviour): Promise<string> {
    const known = this.#open.get(behaviour)
    if (known !== undefined) return known.url
    const sockets = new Set<Socket>()
    const server = createServer(behaviour)
    server.on('connection', (socket) => {
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
    })
    const url = new Promise<string>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      })
    })
    this.#open.set(behaviour, { server, url, sockets })
    return url
  }

  async close(): Promise<void> {
    for (const { server, sockets } of this.#open.values()) {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }
}
