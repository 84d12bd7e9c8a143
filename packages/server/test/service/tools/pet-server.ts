import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that came to the server. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A service with an OpenAPI document, which notes what it is sent. */
export class PetServer {
  readonly #server: Server
  /** What came since this was emptied last. */
  seen: SeenRequest[] = []

  private constructor() {
    this.#server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const { method = '', url = '', headers } = request
      this.seen.push({ method, url, headers, body })
      if (url === '/openapi.json') response.end(JSON.stringify(this.document()))
      else if (url.startsWith('/moved')) response.writeHead(302, { location: 'http://127.0.0.2:9/' }).end()
      else if (url.startsWith('/large')) response.end('x'.repeat(2 ** 20 + 1))
      else if (url.startsWith('/echo')) response.end(JSON.stringify({ headers, url }))
      else
        response
          .writeHead(url.startsWith('/teapot') ? 418 : 200, { 'content-type': 'application/json' })
          .end('{"ok":true}')
    })
  }

  static async start(): Promise<PetServer> {
    const pets = new PetServer()
    await new Promise<void>((resolve) => pets.#server.listen(0, '127.0.0.1', resolve))
    return pets
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  document() {
    return {
      openapi: '3.0.3',
      info: { title: 'Pets', version: '1' },
      servers: [{ url: `${this.origin}/api` }],
      paths: {
        '/pets/{id}': {
          post: {
            operationId: 'updatePet',
            parameters: [
              { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
              { name: 'dry', in: 'query', schema: { type: 'boolean' } },
              { name: 'tags', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
              { name: 'X-Trace', in: 'header', schema: { type: 'string' } },
            ],
            requestBody: {
              required: true,
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
            },
            responses: { 200: { description: 'ok' } },
          },
        },
        '/../teapot': { get: { operationId: 'teapot', responses: { 200: { description: 'ok' } } } },
        '/../echo': { get: { operationId: 'echo', responses: { 200: { description: 'ok' } } } },
        '/../moved': { get: { operationId: 'moved', responses: { 200: { description: 'ok' } } } },
        '/../large': { get: { operationId: 'large', responses: { 200: { description: 'ok' } } } },
      },
      components: {
        schemas: {
          Pet: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string', nullable: true },
              parent: { $ref: '#/components/schemas/Pet' },
            },
          },
        },
      },
    }
  }

  /** A tool that calls the operations of the document. */
  tool(name: string, more: object = {}) {
    return { name, kind: 'openapi', definition: { document: this.document() }, ...more }
  }

  close(): void {
    this.#server.close()
  }
}
