// Servers of the host that no attack may reach. All on loopback.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'

const LOOPBACK = '127.0.0.1'

/**
 * Listens for streams and datagrams on one port, and on a Unix socket. Answers HTTP with `token`.
 * @param {string} token
 * @param {string} socketPath
 * @returns {Promise<{ port: number, abstractName: string, contacts: string[], close: () => Promise<void> }>} `contacts`
 * grows; `abstractName` is that of a socket which lies in no folder, so that no mount hides it
 */
export async function listen(token, socketPath) {
  /** @type {string[]} */
  const contacts = []
  const web = createServer((_request, response) => response.end(token))
  const connected = (/** @type {import('node:net').Socket} */ socket) => {
    contacts.push('connected to a Unix socket of the host')
    // Whoever connects may be gone already.
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
    const { port } = /** @type {import('node:net').AddressInfo} */ (web.address())
    const datagrams = createSocket('udp4')
    datagrams.on('message', () => contacts.push('sent a datagram to the host'))
    try {
      await new Promise((resolve, reject) => {
        datagrams.once('error', reject).bind(port, LOOPBACK, () => resolve(undefined))
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
        new Promise((done) => datagrams.close(() => done(undefined))),
      ])
    }
    return { port, abstractName, contacts, close }
  }
}

/**
 * A server that answers everything with a redirect to another port.
 * @param {number} target
 * @returns {Promise<{ port: number, close: () => Promise<void> }>}
 */
export async function redirectTo(target) {
  const server = createServer((_request, response) => {
    response.writeHead(302, { location: `http://${LOOPBACK}:${target}/redirected` }).end()
  })
  await start(server, { port: 0, host: LOOPBACK })
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    port,
    async close() {
      server.closeAllConnections()
      await stop(server)
    },
  }
}

/**
 * @param {import('node:net').Server} server
 * @param {import('node:net').ListenOptions} where
 */
function start(server, where) {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(where, () => resolve(undefined))
  })
}

/** @param {import('node:net').Server} server */
function stop(server) {
  return new Promise((resolve) => server.close(() => resolve(undefined)))
}
