import { isDeepStrictEqual } from 'node:util'
import type { JsonValue, PythonSession, Tool } from 'agentchat-sandbox'
import {
  type AgentEvent,
  type AgentResult,
  type ChatModel,
  ModelError,
  streamAgent,
} from 'agentchat-sandbox-agent'
import type { AgentRunRow } from '../../db/queries/agent-runs.ts'
import { toldTask } from './agent-run-request.ts'
import type { AgentRunOptions } from './agent-runs.ts'
import { recordedAnswers } from './recorded-answers.ts'
import type { RecordedCall, RecordedStep } from './step-record.ts'

/** What of a run is needed to replay it. */
export interface RunRecord {
  readonly task: string
  readonly tools: AgentRunOptions['tools']
  readonly limits: AgentRunOptions['limits']
  readonly files: AgentRunOptions['files']
  readonly steps: readonly RecordedStep[]
  readonly status: AgentRunRow['status']
  readonly answer: JsonValue
  readonly sessionId: string | null
}

/** How a replay came out. */
export interface Replay {
  readonly result: AgentResult
  /** What was not as it is recorded, for a person; none where all was the same. */
  readonly differences: readonly string[]
}

/** Ends that come from outside: nothing in the record brings them about again. */
const FROM_OUTSIDE = new Set<AgentRunRow['status']>([
  'running',
  'cancelled',
  'interrupted',
  'failed',
  'max-seconds',
])
const SHOWN_CHARS = 300

/**
 * Replays a run from its record: what the model wrote then is what it writes now, the code runs anew in `session`, and calls
 * of tools are given what they were given then. Nothing is sent to a model, and nothing to a tool.
 */
export async function* replayRun(
  record: RunRecord,
  session: PythonSession,
): AsyncGenerator<AgentEvent, Replay, void> {
  const differences = beforehand(record)
  for (const { path, base64 } of record.files)
    if (base64 !== null) await session.files.write(path, Buffer.from(base64, 'base64'))
  const over = new AbortController()
  const position = { step: 0 }
  const { maxSteps, maxTokens, stepSeconds } = record.limits
  const events = streamAgent({
    model: modelOf(record, position, over),
    session,
    tools: record.tools.map((tool) => toolOf(tool, () => record.steps[position.step - 1]?.calls ?? [])),
    task: toldTask(record.task, record.files),
    signal: over.signal,
    limits: {
      maxSteps,
      ...(maxTokens === null ? {} : { maxTokens }),
      ...(stepSeconds === null ? {} : { stepSeconds }),
    },
  })
  for await (const event of events) {
    if (event.type === 'observation') {
      const recorded = record.steps[event.step - 1]
      if (recorded?.whole && untimed(recorded.observation ?? '') !== untimed(event.text))
        differences.push(differs(`step ${event.step}: the observation`, recorded.observation, event.text))
    }
    yield event
    if (event.type !== 'finished') continue
    return { result: event.result, differences: [...differences, ...endDifferences(record, event.result)] }
  }
  throw new TypeError('Cannot end the replay: its events had no end')
}

/** What makes a replay another one from the start. */
function beforehand({ files, steps, sessionId }: RunRecord): string[] {
  const cut = steps.findIndex(({ whole }) => !whole)
  return [
    ...(sessionId === null
      ? []
      : [`the code ran in the session "${sessionId}", and what was in it before is not in the record`]),
    ...files.flatMap(({ path, size, base64 }) =>
      base64 === null ? [`the file "${path}" (${size} bytes) is not in the record`] : [],
    ),
    ...(cut < 0 ? [] : [`step ${cut + 1} is not whole in the record: the replay ends before it`]),
  ]
}

function endDifferences({ status, answer, steps }: RunRecord, result: AgentResult): string[] {
  if (FROM_OUTSIDE.has(status) || steps.some(({ whole }) => !whole)) return []
  return [
    ...(result.end === status ? [] : [differs('the end', status, result.end)]),
    ...(isDeepStrictEqual(result.answer, answer)
      ? []
      : [differs('the answer', JSON.stringify(answer), JSON.stringify(result.answer))]),
  ]
}

/** How long the code took is another each time. */
function untimed(text: string): string {
  return text.replace(/^(status: .*?) after [\d.]+ s/, '$1')
}

function differs(what: string, recorded: string | null, now: string): string {
  return `${what} is ${shown(now)}, and was ${shown(recorded ?? 'none')}`
}

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)} ...` : text)
}

/** Says what the model said then. */
function modelOf({ steps }: RunRecord, position: { step: number }, over: AbortController): ChatModel {
  return {
    takesImages: false,
    async *stream() {
      const turn = steps[position.step]
      position.step += 1
      if (turn === undefined || !turn.whole) {
        over.abort()
        throw new ModelError('failed', 'the record ends here')
      }
      if (turn.text !== '') yield { type: 'text', text: turn.text }
      if (turn.cut) yield { type: 'cut' }
      if (turn.usage !== null) yield { type: 'usage', ...turn.usage }
      if (turn.failure !== null) throw new ModelError(turn.failure.kind, turn.failure.message)
    },
  }
}

/** Gives what was given then, call by call. */
function toolOf(tool: RunRecord['tools'][number], calls: () => readonly RecordedCall[]): Tool {
  return { ...tool, execute: recordedAnswers(tool.name, calls) }
}
