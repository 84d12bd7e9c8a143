// Servers of the host that no attack may reach. All on loopback.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type ListenOptions,
  type Server,
  type Socket,
} from 'node:net'

const LOOPBACK = '127.0.0.1'

export interface Redirector {
  readonly port: number
  close(): Promise<void>
}

export interface Listener extends Redirector {
  /** That of a socket which lies in no folder, so that no mount hides it. */
  readonly abstractName: string
  /** What has reached the listener so far, in words. */
  readonly contacts: readonly string[]
}

/** Listens for streams and datagrams on one port, and on a Unix socket. Answers HTTP with `token`. */
export async function listen(token: string, socketPath: string): Promise<Listener> {
  const contacts: string[] = []
  const web = createServer((_request, response) => response.end(token))
  const connected = (socket: Socket) => {
    contacts.push('connected to a Unix socket of the host')
    // The client may be gone already.
    socket.on('error', () => {})
    socket.end(token)
  }
  const local = createTcpServer(connected)
  const abstract = createTcpServer(connected)
  const abstractName = `agentchat-${token.slice(-12)}`
  web.on('connection', () => contacts.push('connected to a server of the host'))
  web.on('clientError', (_error, socket) => socket.destroy())
  web.on('connection', (socket) => socket.on('error', () => {}))
  for (;;) {
    await start(web, { port: 0, host: LOOPBACK })
    const { port } = web.address() as AddressInfo
    const datagrams = createSocket('udp4')
    datagrams.on('message', () => contacts.push('sent a datagram to the host'))
    try {
      await new Promise<void>((resolve, reject) => {
        datagrams.once('error', reject).bind(port, LOOPBACK, resolve)
      })
    } catch {
      // Somebody has this port for datagrams: take another.
      await stop(web)
      continue
    }
    await start(local, { path: socketPath })
    if (process.platform === 'linux') await start(abstract, { path: `\0${abstractName}` })
    const close = async () => {
      web.closeAllConnections()
      await Promise.all([
        stop(web),
        stop(local),
        stop(abstract),
        new Promise<void>((done) => datagrams.close(done)),
      ])
    }
    return { port, abstractName, contacts, close }
  }
}

/** A server that answers everything with a redirect to another port. */
export async function redirectTo(target: number): Promise<Redirector> {
  const server = createServer((_request, response) => {
    response.writeHead(302, { location: `http://${LOOPBACK}:${target}/redirected` }).end()
  })
  await start(server, { port: 0, host: LOOPBACK })
  const { port } = server.address() as AddressInfo
  return {
    port,
    async close() {
      server.closeAllConnections()
      await stop(server)
    },
  }
}

function start(server: Server, where: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(where, resolve)
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
