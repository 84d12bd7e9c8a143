import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'

/** A server on 127.0.0.1 that tests talk to. */
export interface TestServer {
  readonly port: number
  /** Connections that it has taken so far. */
  readonly connections: () => number
  /** Connections that are open now. */
  readonly open: () => number
  close(): Promise<void>
}

/** Bytes of the answer to `/big`. */
export const BIG_BYTES = 10_000_000

/** The file of a certificate or key below `fixtures/tls`. */
export const tlsFile = (name: string): string => new URL(`fixtures/tls/${name}`, import.meta.url).pathname

/** Answers every kind of request that the tests make. `/echo` tells what came. */
export function startServer(): Promise<TestServer> {
  return listening(createServer(answer))
}

/** The same over TLS; `certificate` names a pair of files below `fixtures/tls`. */
export function startSecureServer(certificate: 'localhost' | 'elsewhere'): Promise<TestServer> {
  const [key, cert] = ['key', 'pem'].map((kind) => readFileSync(tlsFile(`${certificate}.${kind}`)))
  return listening(createSecureServer({ key, cert }, answer))
}

const ANSWERS: Readonly<Record<string, RequestListener>> = {
  '/redirect': (_request, response) => redirect(response, 302, '/echo'),
  '/redirect-keep': (_request, response) => redirect(response, 307, '/echo'),
  '/loop': (_request, response) => redirect(response, 302, '/loop'),
  '/to': (request, response) =>
    redirect(response, 302, new URL(request.url ?? '', 'http://x').searchParams.get('url') ?? ''),
  '/silent': () => {},
  '/half': (_request, response) => void response.writeHead(200, { 'content-length': '100' }).write('half'),
  '/hang-up': (request) => void request.socket.destroy(),
  '/close': (_request, response) => void response.setHeader('connection', 'close').end('bye'),
  '/big': (_request, response) => void response.end(Buffer.alloc(BIG_BYTES, 'a')),
  '/ones': (_request, response) => void response.end(Buffer.alloc(1_000_000, 1)),
  '/endless': (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    }
    response.on('drain', more)
    more()
  },
  '/lines': (_request, response) => {
    let line = 0
    const timer = setInterval(() => {
      response.write(`line ${line}\n`)
      line += 1
      if (line < 4) return
      clearInterval(timer)
      response.end()
    }, 20)
  },
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '', 'http://x')
  const status = /^\/status\/(\d+)$/.exec(pathname)?.[1]
  const known = ANSWERS[pathname]
  if (status !== undefined) response.writeHead(Number(status), { 'x-why': 'asked' }).end('refused')
  else if (known !== undefined) known(request, response)
  else echo(request, response)
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const { method, url, headers } = request
    const told = { method, url, headers, size: body.length, body: body.subarray(0, 500).toString() }
    response.setHeader('content-type', 'application/json').setHeader('set-cookie', 'taste=sweet')
    response.end(JSON.stringify(told))
  })
}

function redirect(response: ServerResponse, status: number, location: string): void {
  response.writeHead(status, { location }).end()
}

async function listening(server: ReturnType<typeof createServer>): Promise<TestServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.keepAliveTimeout = 60_000
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  const listening: Server = server
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    open: () => sockets.size,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
