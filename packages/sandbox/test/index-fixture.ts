import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestWheel } from './wheel-fixture.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server on this machine. */
export interface TestServer extends AsyncDisposable {
  /** Ends in a slash. */
  readonly url: string
  /** Paths that were asked for. */
  readonly asked: string[]
}

/** Starts a server that answers as it is told. */
export async function serve(handle: Handler): Promise<TestServer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What an index says of a wheel; what is given here stands in place of the truth. */
export interface Listing extends TestWheel {
  readonly says?: Readonly<Record<string, unknown>>
}

/** Starts an index in the manner of PyPI (PEP 691) at `simple/`, with the files beside it. */
export function serveIndex(wheels: readonly Listing[]): Promise<TestServer> {
  return serve(({ url = '' }, response) => {
    const [, name] = /^\/simple\/([^/]+)\/$/.exec(url) ?? []
    const file = wheels.find(({ fileName }) => url === `/files/${fileName}`)
    if (file !== undefined) {
      response.end(file.bytes)
      return
    }
    const known = wheels.filter(({ fileName }) => fileName.split('-')[0]?.replaceAll('_', '-') === name)
    if (name === undefined || known.length === 0) {
      response.writeHead(404).end('<h1>not here</h1>')
      return
    }
    const files = known.map(({ fileName, sha256, says }) => ({
      filename: fileName,
      url: `../../files/${fileName}`,
      hashes: { sha256 },
      ...says,
    }))
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json')
    response.end(JSON.stringify({ meta: { 'api-version': '1.1' }, name, files }))
  })
}
