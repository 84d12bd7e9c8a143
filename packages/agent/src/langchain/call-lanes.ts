import { AIMessage, type BaseMessage } from '@langchain/core/messages'
import { CallLane } from './call-lane.ts'
import type { SandboxState } from './session-state.ts'
import { digestOf } from './state-digest.ts'

/** Messages whose lanes are remembered, for calls that wait for somebody's approval. */
const MAX_LANES = 20

/** Where a call stands. */
export interface CallPlace {
  readonly lane: CallLane
  readonly place: number
}

/** What is known of a call. */
export interface KnownCall {
  readonly id: string | undefined
  readonly thread: string | undefined
  readonly messages: unknown
  readonly state: SandboxState
}

/** Finds the lane of a call: calls of one message, on one thread and one state, have the same. */
export class CallLanes {
  readonly #lanes = new Map<string, CallLane>()
  /** Without a thread the message itself tells its runs apart. */
  readonly #ofMessages = new WeakMap<BaseMessage, CallLane>()

  find({ id, thread, messages, state }: KnownCall): CallPlace {
    const message = id === undefined ? undefined : messageOf(messages, id)
    if (message === undefined) return { lane: new CallLane(state), place: 0 }
    const ids = callIds(message)
    const place = ids.indexOf(id ?? '')
    if (thread === undefined) return { lane: this.#byMessage(message, place, state), place }
    return { lane: this.#byKey(keyOf(thread, ids, state), place, state), place }
  }

  #byMessage(message: BaseMessage, place: number, state: SandboxState): CallLane {
    const known = this.#ofMessages.get(message)
    if (known !== undefined && !known.hasDone(place)) return known
    const lane = new CallLane(state)
    this.#ofMessages.set(message, lane)
    return lane
  }

  #byKey(key: string, place: number, state: SandboxState): CallLane {
    const known = this.#lanes.get(key)
    if (known !== undefined && !known.hasDone(place)) return known
    const lane = new CallLane(state)
    this.#lanes.delete(key)
    this.#lanes.set(key, lane)
    for (const [oldest] of this.#lanes) {
      if (this.#lanes.size <= MAX_LANES) break
      this.#lanes.delete(oldest)
    }
    return lane
  }
}

/** The message of the model that has the call. */
function messageOf(messages: unknown, id: string): BaseMessage | undefined {
  const all: readonly BaseMessage[] = Array.isArray(messages) ? messages : []
  return all.findLast((message) => callIds(message).includes(id))
}

function callIds(message: BaseMessage): string[] {
  return AIMessage.isInstance(message) ? (message.tool_calls ?? []).map(({ id }) => id ?? '') : []
}

function keyOf(thread: string, ids: readonly string[], { session_bytes }: SandboxState): string {
  return digestOf([thread, ids, session_bytes])
}
