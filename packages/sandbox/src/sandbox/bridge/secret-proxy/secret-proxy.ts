import type { Agent, IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'
import { RedactionCounter } from 'agentchat-sandbox-base/redaction/byte-redactor'
import type { KnownSecrets } from 'agentchat-sandbox-base/redaction/known-secrets'
import { TextRedactor } from 'agentchat-sandbox-base/redaction/text-redactor'
import type { PlaceholderWatch } from '../../secrets/placeholder-watch.ts'
import type { GrantedSecret } from '../../secrets/secret-grants.ts'
import { fillBody, fillRequest } from './put-in.ts'
import { RedactingTransform } from './redacting-transform.ts'

/** A body that a secret may be put into is held as a whole: bytes of it. */
const MAX_BODY_BYTES = 2 ** 20
const MAX_HEADER_BYTES = 65_536
/** Of a response nothing is passed on that is about this one connection or the form of the body. */
const OWN_HEADERS = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'upgrade'],
  ...['transfer-encoding', 'content-length', 'content-encoding', 'expect', 'accept-encoding', 'alt-svc'],
])

/** What stands between Python and a host that some secrets are for. */
export interface SecretProxy {
  /** The connection to the host: TLS, and its certificate was checked. */
  readonly server: Duplex
  readonly secrets: readonly GrantedSecret[]
  /** Their values, as they are looked for in what comes back. */
  readonly known: KnownSecrets
  /** Is this, of the header `Host`, the host that the connection is to? */
  isHost(host: string): boolean
  /** A secret was put into a request. */
  used(name: string): void
  /** Sees what goes out as it is. */
  readonly watch: PlaceholderWatch
}

/**
 * Speaks HTTP/1.1 with Python at `client` and with the host: reads each request as a whole, puts the secrets in the place of
 * their placeholders, and takes them out of what comes back, whatever form it has there. Requests and responses are written
 * anew, so that neither side can say in two ways where one ends.
 */
export function proxySecrets(client: Duplex, proxy: SecretProxy): void {
  const { Agent, createServer } = process.getBuiltinModule('node:http')
  let isTaken = false
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  Object.assign(agent, {
    createConnection: () => {
      if (isTaken) throw new Error('the connection has ended')
      isTaken = true
      return proxy.server
    },
  })
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: true,
      insecureHTTPParser: false,
      keepAliveTimeout: 0,
    },
    (request, response) => {
      forward(request, response, { ...proxy, agent }).catch(() => client.destroy())
    },
  )
  // Python's own time limits hold.
  Object.assign(server, { timeout: 0, headersTimeout: 0, requestTimeout: 0 })
  const end = () => {
    agent.destroy()
    proxy.server.destroy()
    client.destroy()
  }
  client.on('close', end).on('error', end)
  proxy.server.on('close', () => client.end())
  server.emit('connection', client)
}

interface Means extends SecretProxy {
  readonly agent: Agent
}

async function forward(request: IncomingMessage, response: ServerResponse, means: Means): Promise<void> {
  const { method = 'GET', url = '/' } = request
  // A whole address would have the host hand it on to another one.
  const isMeant = url.startsWith('/') && means.isHost(request.headers.host ?? '')
  const secrets = isMeant ? means.secrets : []
  const filled = fillRequest({ target: url, headers: pairsOf(request.rawHeaders) }, secrets)
  means.watch.see(Buffer.from([filled.target, ...filled.headers.flat(), ''].join('\n')))
  const wantsBody = secrets.some(({ places }) => places.includes('body'))
  const body = wantsBody ? await wholeBody(request) : null
  if (wantsBody && body === null) {
    response.writeHead(413, { connection: 'close' }).end('The body is too long to put a secret into it.\n')
    return
  }
  const put = body && fillBody(body, request.headers['content-type'] ?? '', secrets)
  for (const name of [...filled.used, ...(put?.used ?? [])]) means.used(name)
  const kept = filled.headers.filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()))
  const length = put === null ? lengthOf(request) : [['content-length', String(put.body.length)] as const]
  await means.known.prepare()
  const outgoing = process.getBuiltinModule('node:http').request({
    ...{ method, path: filled.target, agent: means.agent, setHost: false },
    headers: headersOf([...kept, ...length, ['accept-encoding', 'identity']]),
  })
  outgoing.on('response', (incoming) => {
    // The connection is not used again: there is only this one.
    response.shouldKeepAlive &&= outgoing.shouldKeepAlive
    answer(incoming, response, means)
  })
  outgoing.on('error', () => response.destroy())
  response.on('close', () => response.writableFinished || outgoing.destroy())
  if (put !== null) {
    means.watch.see(put.body)
    outgoing.end(put.body)
    return
  }
  request.on('data', (chunk: Buffer) => means.watch.see(chunk))
  pipeline(request, outgoing, () => {})
}

/** Passes a response on, without secrets and without a coding of its body. */
function answer(incoming: IncomingMessage, response: ServerResponse, { known }: Means): void {
  const texts = new TextRedactor(known.redactor(new RedactionCounter()))
  const decoder = decoderOf(incoming.headers['content-encoding'] ?? 'identity')
  if (decoder === null) {
    incoming.destroy()
    response.writeHead(502).end('The answer has an encoding in which secrets cannot be looked for.\n')
    return
  }
  const headers = pairsOf(incoming.rawHeaders)
    .filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()))
    .map(([name, value]) => [headerName(texts.text(name)), texts.text(value)] as const)
  response.writeHead(incoming.statusCode ?? 502, texts.text(incoming.statusMessage ?? ''), headersOf(headers))
  const redacted = new RedactingTransform(known.redactor(new RedactionCounter()))
  const parts = decoder === 'identity' ? [incoming, redacted] : [incoming, decoder, redacted]
  pipeline([...parts, response], (error) => {
    if (error) response.destroy()
  })
}

function decoderOf(encoding: string): Duplex | 'identity' | null {
  const zlib = process.getBuiltinModule('node:zlib')
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return 'identity'
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip()
    case 'deflate':
      return zlib.createInflate()
    case 'br':
      return zlib.createBrotliDecompress()
  }
  return null
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] ?? '', raw[2 * at + 1] ?? ''])
}

/** Several of one name as a list, in their order. */
function headersOf(pairs: readonly (readonly [string, string])[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of pairs) {
    // Of two spellings of a name one would win, and not the one that was looked at.
    const key = name.toLowerCase()
    const earlier = headers[key]
    headers[key] = earlier === undefined ? value : [earlier, value].flat()
  }
  return headers
}

/** What was taken out of a name leaves what no name may hold. */
function headerName(name: string): string {
  return name.replace(/[[\]:]/g, '_')
}

function lengthOf({ headers }: IncomingMessage): [string, string][] {
  const length = headers['content-length']
  if (length !== undefined) return [['content-length', length]]
  return headers['transfer-encoding'] === undefined ? [] : [['transfer-encoding', 'chunked']]
}

/** Null where it is too long. */
async function wholeBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
