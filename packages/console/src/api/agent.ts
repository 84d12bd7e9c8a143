import { body, good, service, whenSignedIn } from './client.ts'
import { eventsOf } from './events.ts'
import { everyItem } from './every-item.ts'
import type { Display } from './executions.ts'
import { problemOf } from './problem.ts'
import { readAgain } from './read-again.ts'

export type NewAgentRun = Parameters<typeof service.agent.runs.$post>[0]['json']

/** Starts a run that goes on by itself; gives its id. */
export const startAgentRun = async (json: NewAgentRun) =>
  (await body(service.agent.runs.$post({ json, header: { prefer: 'respond-async' } }))).id

export const readAgentRun = async (id: string) =>
  await body(service.agent.runs[':id'].$get({ param: { id } }))

export type AgentRun = Awaited<ReturnType<typeof readAgentRun>>

/** Some runs, the newest first. */
export const listAgentRuns = async (page: { readonly limit: number; readonly cursor: string | undefined }) =>
  await body(service.agent.runs.$get({ query: page }))

/** Ends a run that goes on; one that is over stays. */
export const cancelAgentRun = async (id: string) => {
  await body(service.agent.runs[':id'].cancel.$post({ param: { id } }))
  await readAgain('agent-runs')
}

export const deleteAgentRun = async (id: string) => {
  await body(service.agent.runs[':id'].$delete({ param: { id } }))
  await readAgain('agent-runs')
}

export const decideCall = async (id: string, call: string, allow: boolean) =>
  await body(service.agent.runs[':id'].approvals[':call'].$post({ param: { id, call }, json: { allow } }))

export const modelsQuery = {
  queryKey: ['models'],
  queryFn: async () => await everyItem((wish) => body(service.models.$get({ query: wish }))),
}

/** What happens in a run, as the service tells it. */
export type AgentEvent =
  | { readonly type: 'started'; readonly model: string }
  | { readonly type: 'thought' | 'reasoning'; readonly step: number; readonly text: string }
  | { readonly type: 'code'; readonly step: number; readonly code: string }
  | {
      readonly type: 'output'
      readonly step: number
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    }
  | ({ readonly type: 'display'; readonly step: number } & Display)
  | {
      readonly type: 'file'
      readonly step: number
      readonly path: string
      readonly change: string
      readonly size: number
    }
  | {
      readonly type: 'tool-call' | 'approval-wanted'
      readonly step: number
      readonly call: string
      readonly name: string
      readonly arguments: unknown
    }
  | {
      readonly type: 'tool-result'
      readonly step: number
      readonly call: string
      readonly ok: boolean
      readonly durationMs: number
      readonly result?: unknown
      readonly error?: string
    }
  | { readonly type: 'approval-given'; readonly step: number; readonly call: string; readonly allow: boolean }
  | {
      readonly type: 'observation'
      readonly step: number
      readonly text: string
      readonly executionId: string | null
    }
  | { readonly type: 'answer'; readonly step: number; readonly answer: unknown }
  | { readonly type: 'finished' }

const RETRIES = 8

/** What happens in a run, from its beginning; a connection that is lost is taken up again. @throws ServiceProblem */
export async function* followAgentRun(
  id: string,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, void, void> {
  let last = 0
  for (let failures = 0; failures <= RETRIES; failures += 1) {
    try {
      const answer = await good(
        service.agent.runs[':id'].events.$get(
          { param: { id } },
          { headers: { accept: 'text/event-stream', 'last-event-id': String(last) }, init: { signal } },
        ),
      )
      for await (const { id: number, data } of eventsOf<AgentEvent>(answer)) {
        failures = 0
        last = Number(number)
        yield data
        if (data.type === 'finished') return
      }
      if ((await readAgentRun(id)).status !== 'running') return
    } catch (error) {
      if (signal.aborted) return
      const problem = problemOf(error)
      // Signing out ends the stream, and not what runs.
      if (problem.status === 401) await whenSignedIn(signal)
      else if (problem.status !== 0) throw problem
    }
    await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** failures))
    if (signal.aborted) return
  }
}
