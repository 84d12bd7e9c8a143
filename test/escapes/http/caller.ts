import { Agent, type IncomingMessage, request } from 'node:http'
import { connect, type NetConnectOpts } from 'node:net'

const HANGS_MS = 120_000
const HERE = '127.0.0.1'
/** How many times longer a connection waits for the beginning of an answer than for its end. */
const PATIENCE = 10
const MAX_KEPT_BYTES = 2 ** 23

/** What was answered; status 0 when the connection ended without an answer. */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What is sent, beside its method and path. */
export interface Sent {
  readonly json?: unknown
  /** In place of `json`: a body as it is. */
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

/** Somebody who sends requests to the service. */
export interface Caller {
  readonly url: URL
  readonly key: string
  /** Where its connections come from. */
  readonly from: string
  send(method: string, path: string, sent?: Sent): Promise<Answer>
  /**
   * Sends bytes as they are over a connection, and gives what came back until its end or for so long; on a busy machine it
   * waits longer for the beginning of an answer.
   */
  raw(bytes: string | Uint8Array | readonly (string | Uint8Array)[], forMs?: number): Promise<Answer>
}

/** A caller with an API key, or without one, whose connections come from an address of this machine. */
export function callerOf(address: string, key = '', from = HERE): Caller {
  const url = new URL(address)
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  // A connection that the service ends while it is nobody's has no request that would hear of it.
  const open = (options: object) => connect(options as NetConnectOpts).on('error', () => {})
  Object.assign(agent, { createConnection: open })
  return {
    ...{ url, key, from },
    async send(method, path, { json, body, headers = {} } = {}) {
      const content = json === undefined ? body : JSON.stringify(json)
      const options = {
        ...{ agent, method, timeout: HANGS_MS, localAddress: from },
        ...{ host: url.hostname, port: url.port, path: path.startsWith('/') ? path : `/api/v1/${path}` },
        headers: {
          ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
          ...(content === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
          ...headers,
        },
      }
      return await new Promise<Answer>((resolve) => {
        const outgoing = request(options, (incoming) => void read(incoming).then(resolve))
        outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${HANGS_MS} ms`)))
        outgoing.on('error', (error) => resolve(unanswered(error.message)))
        outgoing.end(content)
      })
    },
    raw: (bytes, forMs = 1000) => rawAnswer({ url, from }, bytes, forMs),
  }
}

/** An answer that there is none. */
export function unanswered(reason: string): Answer {
  return { status: 0, text: reason, headers: {} }
}

async function read(incoming: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length <= MAX_KEPT_BYTES) chunks.push(chunk)
    }
  } catch (error) {
    return unanswered(error instanceof Error ? error.message : String(error))
  }
  const text = Buffer.concat(chunks).toString('utf8')
  return { status: incoming.statusCode ?? 0, text, headers: incoming.headers }
}

function rawAnswer(
  { url, from }: { readonly url: URL; readonly from: string },
  bytes: string | Uint8Array | readonly (string | Uint8Array)[],
  forMs: number,
): Promise<Answer> {
  return new Promise((resolve) => {
    let text = ''
    let waits = 0
    const socket = connect({ port: Number(url.port), host: url.hostname, localAddress: from })
    const end = () => {
      clearInterval(timer)
      socket.destroy()
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text, headers: {} })
    }
    const timer = setInterval(() => {
      waits += 1
      if (text !== '' || waits >= PATIENCE) end()
    }, forMs)
    socket.setEncoding('latin1').on('data', (piece) => {
      if (text.length < MAX_KEPT_BYTES) text += piece
    })
    socket.on('error', end).on('close', end)
    for (const piece of [bytes].flat()) socket.write(piece)
  })
}
