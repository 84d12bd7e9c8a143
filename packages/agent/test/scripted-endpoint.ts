import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a request asked for. */
export interface Asked {
  readonly headers: IncomingMessage['headers']
  readonly body: { readonly messages: { readonly role: string; readonly content: string }[] }
}

/** How the endpoint answers a request; the last answer is given again and again. */
export type Answer = string | ((response: ServerResponse, asked: Asked) => void)

/** An endpoint that speaks as OpenAI's does, over real HTTP, and says what it was told to. */
export class ScriptedEndpoint implements AsyncDisposable {
  readonly asked: Asked[] = []
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  #answers: readonly Answer[] = []

  static async start(): Promise<ScriptedEndpoint> {
    const endpoint = new ScriptedEndpoint()
    endpoint.#server.listen(0, '127.0.0.1')
    await once(endpoint.#server, 'listening')
    return endpoint
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  /** What it says from now on. */
  says(...answers: Answer[]): void {
    this.#answers = answers
    this.asked.length = 0
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const asked = { headers: request.headers, body: JSON.parse(Buffer.concat(pieces).toString()) }
    const answer = this.#answers[Math.min(this.asked.length, this.#answers.length - 1)] ?? ''
    this.asked.push(asked)
    if (typeof answer === 'function') answer(response, asked)
    else whole(answer)(response)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** One event of an answer. */
export function event(data: object | string): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
}

export function delta(content: string, more: object = {}): string {
  return event({ choices: [{ index: 0, delta: { content }, ...more }] })
}

/** An answer as events, in pieces of some characters. */
export function whole(text: string): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    for (let index = 0; index < text.length; index += 7) response.write(delta(text.slice(index, index + 7)))
    response.write(event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }))
    response.write(event({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 10 } }))
    response.end(event('[DONE]'))
  }
}
