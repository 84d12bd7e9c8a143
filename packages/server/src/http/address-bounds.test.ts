import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { boundAddresses } from './address-bounds.ts'

const ASK = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** A server that lets an address have three connections. */
async function startServer(answer: RequestListener, isTrustedProxy = (_address: string) => false) {
  const server = createServer(answer)
  boundAddresses(server, { maxConnections: 3, isTrustedProxy })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const { port } = server.address() as AddressInfo
  const sockets: Socket[] = []
  return {
    async open(from = '127.0.0.1') {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from })
      sockets.push(socket.on('error', () => {}).resume())
      await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
      return socket
    },
    count: () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const answerTo = (socket: Socket) =>
  new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true)).once('close', () => resolve(false))
    socket.write(ASK)
  })

test('boundAddresses() ends the connection that was idle for longest, of the same address', async () => {
  await using server = await startServer((_, response) => response.end('x'))
  const first = await server.open()
  const second = await server.open()
  expect(await answerTo(first)).toBe(true)
  const others = await Promise.all(Array.from({ length: 10 }, () => server.open()))
  await expect.poll(() => server.count()).toBe(3)
  expect(await answerTo(second)).toBe(false)
  expect(await answerTo(others.at(-1) ?? first)).toBe(true)
})

test('boundAddresses() ends the newest where all wait for an answer, and disturbs nobody else', async () => {
  await using server = await startServer(() => {})
  const busy = await Promise.all([server.open(), server.open(), server.open()])
  for (const socket of busy) socket.write(ASK)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const more = await server.open()
  await expect.poll(() => more.destroyed).toBe(true)
  expect(busy.map(({ destroyed }) => destroyed)).toEqual([false, false, false])
  if (process.platform !== 'linux') return
  await server.open('127.0.0.2')
  await expect.poll(() => server.count()).toBe(4)
})

test('boundAddresses() does not bound a proxy that is trusted', async () => {
  await using server = await startServer(
    (_, response) => response.end('x'),
    (address) => address === '127.0.0.1',
  )
  for (let n = 0; n < 20; n += 1) await server.open()
  await expect.poll(() => server.count()).toBe(20)
})
