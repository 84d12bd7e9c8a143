import type { JsonValue } from 'agentchat-sandbox'
import type { AgentUsage } from 'agentchat-sandbox-agent'
import type { AgentRunRow } from '../../db/queries/agent-runs.ts'
import type { EventForm } from '../executions/run-events.ts'
import { MERGE_CHARS } from '../executions/run-events.ts'

/** How a run came out, as it is recorded. */
export interface AgentRunResult {
  readonly answer: JsonValue
  readonly usage: AgentUsage
  readonly seconds: number
}

/** How a run ended, for those who follow it. */
export interface AgentRunEnded extends Omit<AgentRunResult, 'usage'> {
  readonly status: AgentRunRow['status']
  readonly problem: string | null
  readonly usage: AgentUsage | null
  /** How many there were. */
  readonly steps: number
}

interface OfStep {
  /** The turn of the model, from 1 on. */
  readonly step: number
}

interface OfCall extends OfStep {
  /** Of the call, in this run. */
  readonly call: string
  readonly name: string
}

/** What happens in a run of an agent. `finished` comes last, exactly once. */
export type AgentRunEvent =
  | { readonly type: 'started'; readonly model: string }
  /** What the model writes, code included; and what it thinks, where its endpoint tells. */
  | (OfStep & { readonly type: 'thought' | 'reasoning'; readonly text: string })
  | (OfStep & { readonly type: 'code'; readonly code: string })
  | (OfStep & { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly text: string })
  | (OfStep & {
      readonly type: 'display'
      readonly mime: string
      readonly data: JsonValue
      readonly metadata: { readonly [name: string]: JsonValue }
    })
  | (OfStep & {
      readonly type: 'file'
      readonly path: string
      readonly change: string
      readonly size: number
    })
  | (OfCall & { readonly type: 'tool-call'; readonly arguments: { readonly [name: string]: JsonValue } })
  | (OfCall & { readonly type: 'tool-result'; readonly ok: boolean; readonly durationMs: number } & (
        | { readonly result: JsonValue }
        | { readonly error: string }
      ))
  | (OfCall & {
      readonly type: 'approval-wanted'
      readonly arguments: { readonly [name: string]: JsonValue }
    })
  | (OfCall & { readonly type: 'approval-given'; readonly allow: boolean; readonly reason: string | null })
  /** What the model is told of the code. */
  | (OfStep & { readonly type: 'observation'; readonly text: string; readonly executionId: string | null })
  | (OfStep & { readonly type: 'answer'; readonly answer: JsonValue })
  | ({ readonly type: 'finished' } & AgentRunEnded)

/** The events of runs of agents. */
export const AGENT_RUN_EVENTS: EventForm<AgentRunEvent> = {
  sizeOf(event) {
    if ('text' in event) return event.text.length + 64
    if (event.type === 'code') return event.code.length + 64
    if (event.type === 'display')
      return typeof event.data === 'string' ? event.data.length : JSON.stringify(event.data).length
    if (event.type === 'tool-result' && 'result' in event)
      return typeof event.result === 'string' ? event.result.length + 64 : JSON.stringify(event.result).length
    return 512
  },
  replaced: () => false,
  merged(first, second) {
    if (!('text' in first) || !('text' in second) || first.type !== second.type) return null
    if (first.step !== second.step || first.type === 'observation') return null
    if (first.text.length + second.text.length > MERGE_CHARS) return null
    if (first.type === 'output' && second.type === 'output')
      return first.stream === second.stream ? { ...first, text: first.text + second.text } : null
    return { ...first, text: first.text + second.text }
  },
}
