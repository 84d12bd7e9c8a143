import { setTimeout as sleep } from 'node:timers/promises'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { AgentRunEvent } from '../services/agents/agent-run-events.ts'
import { type ServiceClient, ServiceFailedError } from './service-client.ts'

const MAX_TRIES = 5
const PAUSE_MS = 500

/** The events of a run, to its end; a connection that is lost is taken up where it was. @throws ServiceFailedError */
export async function* followRun(
  client: ServiceClient,
  id: string,
  first: Response,
): AsyncGenerator<AgentRunEvent, void, void> {
  let answer: Response | null = first
  let last = ''
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    try {
      answer ??= await client.send('GET', `agent/runs/${id}/events`, { headers: { 'Last-Event-ID': last } })
      for await (const { id: number, data } of messagesOf(answer)) {
        last = number ?? last
        tries = 0
        // It comes from the service that we were told to trust.
        const event = JSON.parse(data) as AgentRunEvent
        yield event
        if (event.type === 'finished') return
      }
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof ServiceFailedError)) throw error
    }
    answer = null
    await sleep(PAUSE_MS)
  }
  throw new ServiceFailedError(`Cannot follow the run "${id}": the connection to the service is lost`)
}

function messagesOf({ body }: Response) {
  if (body === null) throw new ServiceFailedError('Cannot follow the run: the service answered nothing')
  return body
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream())
}
