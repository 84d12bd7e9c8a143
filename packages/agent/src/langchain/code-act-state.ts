import { MessagesValue, StateSchema } from '@langchain/langgraph'
import type { JsonValue } from 'agentchat-sandbox'
import { z } from 'zod'
import type { AgentEnd, AgentUsage } from '../agent/agent-events.ts'
import type { RepetitionState } from '../agent/repetition.ts'
import { sandboxState } from './session-state.ts'

/** How far the agent is with a task, as plain data: a checkpoint holds it. */
export interface AgentProgress {
  /** Turns of the model. */
  readonly step: number
  /** At work, without what lies between two steps. */
  readonly seconds: number
  readonly emptyTurns: number
  readonly usage: AgentUsage
  readonly repetition: RepetitionState
}

export const BEGINNING: AgentProgress = {
  step: 0,
  seconds: 0,
  emptyTurns: 0,
  usage: { inputTokens: 0, outputTokens: 0, estimated: false },
  repetition: { failures: {}, last: '', inARow: 0 },
}

/** The state of the graph: the conversation, Python, how far it is, and how the last task came out. */
export const codeActState = new StateSchema({
  messages: MessagesValue,
  ...sandboxState,
  progress: z.custom<AgentProgress>().default(BEGINNING),
  /** Why the last task ended; null while it is at work. */
  end: z.custom<AgentEnd | null>().default(null),
  answer: z.custom<JsonValue>().default(null),
  /** What went wrong, for a person; null after an answer. */
  problem: z.custom<string | null>().default(null),
})

export type CodeActState = typeof codeActState.State
export type CodeActUpdate = typeof codeActState.Update
