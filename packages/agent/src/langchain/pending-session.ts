import type { BaseCheckpointSaver, LangGraphRunnableConfig } from '@langchain/langgraph'
import { type SandboxState, STATE_KEYS, sandboxStateOf } from './session-state.ts'

/** Under this key LangGraph hands its checkpointer to those who work in a graph. */
const CHECKPOINTER = '__pregel_checkpointer'

/**
 * What calls of the same step have left that were done before this process went on with it, as after an approval: the graph
 * holds their updates back until the step is whole. Where there is nothing newer, `before`.
 */
export async function pendingSession(
  before: SandboxState,
  { configurable = {} }: Pick<LangGraphRunnableConfig, 'configurable'>,
): Promise<SandboxState> {
  const { thread_id, checkpoint_ns = '', [CHECKPOINTER]: saver } = configurable
  if (!isSaver(saver)) return before
  // The last part of the name space is that of the node at work.
  const space = String(checkpoint_ns).split('|').slice(0, -1).join('|')
  const tuple = await saver.getTuple({ configurable: { thread_id, checkpoint_ns: space } })
  const tasks = new Map<string, Record<string, unknown>>()
  for (const [task, channel, value] of tuple?.pendingWrites ?? []) {
    if (!STATE_KEYS.some((key) => key === channel)) continue
    tasks.set(task, { ...tasks.get(task), [channel]: value })
  }
  return [...tasks.values()]
    .filter((state) => STATE_KEYS.every((key) => key in state))
    .map(sandboxStateOf)
    .reduce((newest, each) => (sequenceOf(each) > sequenceOf(newest) ? each : newest), before)
}

function isSaver(value: unknown): value is Pick<BaseCheckpointSaver, 'getTuple'> {
  return typeof value === 'object' && value !== null && 'getTuple' in value
}

/** Counts what was kept of a session, so that updates of earlier steps do not count. */
function sequenceOf({ session_metadata }: SandboxState): number {
  const sequence: unknown = session_metadata?.sequence
  return typeof sequence === 'number' ? sequence : -1
}
