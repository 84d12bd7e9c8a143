import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Attack, attacksOf, type World } from '../attack.ts'
import type { Caller } from '../caller.ts'

const FILE_BYTES = 3.9e6
const STOP_MS = 1500
const FLOOD = JSON.stringify({ code: 'for n in range(400): print("x" * 2000)' })

/** So many who ask, read the first piece, and no more. */
export function stopped(
  count: number,
  asked: (world: World) => string | Promise<string>,
  who: (world: World) => Caller = ({ attacker }) => attacker,
): Omit<Attack, 'id'> {
  return {
    answers: [],
    run: async (world) => {
      const caller = who(world)
      const text = await asked(world)
      const sockets = Array.from({ length: count }, () => reader(caller, text))
      await sleep(STOP_MS)
      for (const socket of sockets) socket.destroy()
      return []
    },
  }
}

function reader({ url, key, from }: Caller, text: string): Socket {
  const socket = connect({ port: Number(url.port), host: url.hostname, localAddress: from })
  socket.on('error', () => {}).once('data', () => socket.pause())
  socket.write(text.replaceAll('HOST', url.host).replaceAll('KEY', key))
  return socket
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer KEY\r\n\r\n`

async function sessionFile({ attacker, session }: World): Promise<string> {
  const path = `/api/v1/sessions/${await session()}/files/large.bin`
  const headers = { 'content-type': 'application/octet-stream' }
  await attacker.send('PUT', path, { body: Buffer.alloc(FILE_BYTES, 'x'), headers })
  return path
}

const DESCRIPTION = get('/api/openapi.json')

/** Those who ask and do not read. */
export const readers = attacksOf('reader', {
  'of-a-session-file': stopped(24, async (world) => get(await sessionFile(world))),
  'of-a-kept-file': stopped(200, async ({ execution }) =>
    get(`/api/v1/executions/${await execution()}/files/out.bin`),
  ),
  'of-events': stopped(
    6,
    () =>
      'POST /api/v1/executions HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer KEY\r\nAccept: text/event-stream\r\n' +
      `Content-Type: application/json\r\nContent-Length: ${FLOOD.length}\r\n\r\n${FLOOD}`,
  ),
  'of-lists': stopped(200, () => get('/api/v1/executions?limit=100')),
  'of-the-description': stopped(
    100,
    () => DESCRIPTION,
    ({ stranger }) => stranger,
  ),
  'of-a-pipeline': stopped(
    10,
    () => DESCRIPTION.repeat(200),
    ({ stranger }) => stranger,
  ),
})
