import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { createMcpServer } from 'agentchat-sandbox-mcp'
import { type Logger, loggable } from '../../logger.ts'
import type { Actor } from '../../services/actor.ts'
import type { ServiceContext } from '../../services/context.ts'
import { NotFoundError } from '../../services/errors.ts'
import { serviceHost } from '../../services/mcp/service-host.ts'
import { type Connection, Connections } from './connections.ts'

/** What a request of the protocol needs. */
export interface EndpointParts {
  readonly services: ServiceContext
  readonly logger: Logger
  readonly version: string
  /** In place of ours. */
  readonly createServer?: typeof createMcpServer | undefined
}

/** A request whose sender is known, with its body as it was parsed, within bounds. */
export interface ProtocolRequest {
  readonly request: Request
  readonly body: unknown
  readonly actor: Actor
}

/**
 * The Model Context Protocol over HTTP, in both eras. Of 2026-07-28 each request stands for itself. Of the era before each
 * client has a connection, without which taking a call back would not reach the run.
 */
export class Endpoint {
  readonly #parts: EndpointParts
  readonly #connections: Connections

  constructor(parts: EndpointParts) {
    this.#parts = parts
    this.#connections = new Connections(parts.services.rights)
  }

  /** @throws NotFoundError for a connection that is not the sender's */
  async answer({ request, body, actor }: ProtocolRequest): Promise<Response> {
    if (await isLegacyRequest(request, body)) return await this.#answerConnected({ request, body, actor })
    const handler = createMcpHandler(() => this.#server(() => actor), {
      legacy: 'reject',
      onerror: this.#note,
    })
    return await handler.fetch(request, { parsedBody: body })
  }

  async #answerConnected({ request, body, actor }: ProtocolRequest): Promise<Response> {
    const id = request.headers.get('Mcp-Session-Id')
    if (id !== null) {
      const connection = this.#connections.find(id, actor)
      if (connection === null) throw new NotFoundError('connection', id.slice(0, 100))
      return await connection.transport.handleRequest(request, { parsedBody: body })
    }
    // A connection is kept once its first message has made it one.
    let now = actor
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => this.#connections.newId(),
      onsessioninitialized: (given) => {
        const connection: Connection = { actor, transport, see: (seen) => (now = seen) }
        this.#connections.add(given, connection)
      },
      onsessionclosed: (given) => this.#connections.remove(given),
    })
    const server = await this.#server(() => now)
    server.server.onerror = this.#note
    await server.connect(transport)
    const answer = await transport.handleRequest(request, { parsedBody: body })
    if (transport.sessionId === undefined) await server.close()
    return answer
  }

  async #server(actor: () => Actor) {
    const { services, version, createServer = createMcpServer } = this.#parts
    return await createServer({ host: serviceHost(services, actor), report: this.#report, version })
  }

  readonly #report = (error: unknown) => {
    this.#parts.logger.error({ error: loggable(error) }, 'mcp.failed')
  }

  readonly #note = (error: Error) => {
    this.#parts.logger.debug({ error: loggable(error) }, 'mcp.refused')
  }
}
