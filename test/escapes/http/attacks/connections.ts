import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { attacksOf, REFUSED } from '../attack.ts'
import type { Caller } from '../caller.ts'

const JSON_TYPE = 'Content-Type: application/json\r\n'
const CHUNKED = `${JSON_TYPE}Transfer-Encoding: chunked\r\n`

/** The head of a request to run code. */
const head = ({ key, url }: Caller, headers: string, path = '/api/v1/executions') =>
  `POST ${path} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: Bearer ${key}\r\n${headers}\r\n`

/** Connections that are slow, endless, many, or speak another language. */
export const connections = attacksOf('connection', {
  'slow-bodies': {
    answers: [],
    run: async ({ attacker }) => {
      const open = await openSockets(attacker, 300)
      for (const socket of open) socket.write(head(attacker, `${JSON_TYPE}Content-Length: 100000\r\n`))
      for (let round = 0; round < 10; round += 1) {
        for (const socket of open) socket.write(' ')
        await sleep(100)
      }
      for (const socket of open) socket.destroy()
      return []
    },
  },
  'slow-bodies-that-end-at-once': {
    answers: [],
    run: async ({ attacker }) => {
      const open = await openSockets(attacker, 300)
      for (const socket of open) socket.write(head(attacker, `${JSON_TYPE}Content-Length: 100\r\n`))
      await sleep(500)
      for (const socket of open) socket.write('['.repeat(100))
      await sleep(500)
      for (const socket of open) socket.destroy()
      return []
    },
  },
  'slow-heads': {
    answers: [],
    run: async ({ attacker }) => {
      const open = await openSockets(attacker, 500)
      for (let round = 0; round < 10; round += 1) {
        for (const socket of open) socket.write(round === 0 ? 'GET / HTTP/1.1\r\n' : `X-${round}: 1\r\n`)
        await sleep(80)
      }
      for (const socket of open) socket.destroy()
      return []
    },
  },
  'endless-chunks': {
    answers: [0, 413],
    run: async ({ attacker }) => {
      const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`
      return await attacker.raw([head(attacker, CHUNKED), ...Array(2000).fill(chunk)], 3000)
    },
  },
  'chunks-of-one-byte': {
    answers: REFUSED,
    run: async ({ attacker }) => {
      const chunks = '1\r\n[\r\n'.repeat(100_000)
      return await attacker.raw(`${head(attacker, CHUNKED)}${chunks}0\r\n\r\n`, 5000)
    },
  },
  'chunk-extensions': {
    answers: [0, 200, ...REFUSED],
    run: async ({ attacker }) =>
      await attacker.raw(
        [head(attacker, CHUNKED), `1;${'x'.repeat(2 ** 21)}\r\n{\r\n`, '1\r\n}\r\n0\r\n\r\n'],
        3000,
      ),
  },
  trailers: {
    answers: [0, 200, ...REFUSED],
    run: async ({ attacker }) =>
      await attacker.raw([head(attacker, CHUNKED), '0\r\n', 'X-T: 1\r\n'.repeat(200_000), '\r\n'], 2000),
  },
  'length-too-long': {
    answers: [0],
    run: async ({ attacker }) =>
      await attacker.raw(`${head(attacker, `${JSON_TYPE}Content-Length: 90\r\n`)}{"code":"1"}`, 300),
  },
  'length-too-short': {
    answers: REFUSED,
    run: async ({ attacker }) =>
      await attacker.raw(`${head(attacker, `${JSON_TYPE}Content-Length: 5\r\n`)}{"code":"1"}`, 500),
  },
  'two-lengths': {
    answers: REFUSED,
    run: async ({ attacker }) =>
      await attacker.raw(
        `${head(attacker, `${CHUNKED}Content-Length: 5\r\n`)}0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n`,
        500,
      ),
  },
  'no-length-at-all': {
    answers: REFUSED,
    run: async ({ attacker }) => await attacker.raw(`${head(attacker, JSON_TYPE)}{"code":"1"}`, 500),
  },
  'another-protocol': {
    answers: [0, 400],
    run: async ({ attacker }) => [
      await attacker.raw(Buffer.from('16030100c8010000c40303', 'hex'), 300),
      await attacker.raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 300),
      await attacker.raw(Buffer.alloc(2 ** 20, 255), 300),
    ],
  },
  'unknown-methods': {
    answers: [400, 404, 405, 501],
    run: async ({ attacker }) => [
      await attacker.send('PROPFIND', 'executions'),
      await attacker.send('TRACE', 'executions'),
      await attacker.raw(`${'X'.repeat(10_000)} / HTTP/1.1\r\nHost: a\r\n\r\n`, 300),
    ],
  },
  'expect-and-upgrade': {
    answers: [100, 200, 400, 401, 404, 417, 426],
    run: async ({ attacker }) => [
      await attacker.raw(head(attacker, 'Expect: 100-continue\r\nContent-Length: 1\r\n'), 300),
      await attacker.raw(
        'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
        300,
      ),
    ],
  },
  pipeline: {
    // More requests ahead than the service has answered: it ends the connection.
    answers: [0, 200],
    run: async ({ attacker }) =>
      await attacker.raw('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500), 2000),
  },
  'pipeline-of-bodies': {
    answers: [0, 200, 401, ...REFUSED],
    run: async ({ attacker }) => {
      const body = '[]'.repeat(1000)
      const one = `${head(attacker, `${JSON_TYPE}Content-Length: ${body.length}\r\n`)}${body}`
      return await attacker.raw(one.repeat(200), 2000)
    },
  },
  idle: {
    answers: [],
    run: async ({ attacker }) => {
      const open = await openSockets(attacker, 1000)
      await sleep(300)
      for (const socket of open) socket.destroy()
      return []
    },
  },
})

async function openSockets({ url, from }: Caller, count: number): Promise<Socket[]> {
  const place = { port: Number(url.port), host: url.hostname, localAddress: from }
  const open = Array.from({ length: count }, () => connect(place))
  await Promise.all(
    open.map((socket) => new Promise((resolve) => socket.on('connect', resolve).on('error', resolve))),
  )
  return open
}
