import type { AgentRunRow } from '../../db/queries/agent-runs.ts'
import { LiveRun } from '../executions/live-run.ts'
import { AGENT_RUN_EVENTS, type AgentRunEvent } from './agent-run-events.ts'
import { Approvals } from './approvals.ts'

/** A run of an agent in progress, and for a while after it. */
export type LiveAgentRun = LiveRun<AgentRunEvent, AgentRunRow> & { readonly approvals: Approvals }

/** Past so many characters what a run shows is not held any more: its executions have it. */
const MAX_SHOWN_CHARS = 16 * 2 ** 20
const SHOWN = new Set<AgentRunEvent['type']>(['thought', 'reasoning', 'output', 'display', 'tool-result'])

/** A run that is about to begin. */
export function liveAgentRun(id: string, userId: string): LiveAgentRun {
  const run = new LiveRun<AgentRunEvent, AgentRunRow>(id, userId, AGENT_RUN_EVENTS)
  return Object.assign(run, { approvals: new Approvals() })
}

/** Something happened in a run. */
export function tell(run: LiveAgentRun, event: AgentRunEvent): void {
  if (run.size < MAX_SHOWN_CHARS || !SHOWN.has(event.type)) run.push(event)
}
