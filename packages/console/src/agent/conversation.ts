import type { AgentEvent, AgentRun } from '../api/agent.ts'
import type { Display } from '../api/executions.ts'
import { Terminal } from '../output/terminal.ts'

/** A call of a tool, as far as it has come. */
export interface Call {
  readonly call: string
  readonly name: string
  readonly args: unknown
  readonly state: 'asked' | 'allowed' | 'refused' | 'running' | 'ok' | 'failed'
  readonly result: unknown
}

/** One turn of the model, and what its code did. */
export interface Step {
  readonly step: number
  readonly thought: string
  readonly reasoning: string
  readonly code: string | null
  readonly output: Terminal
  readonly displays: readonly Display[]
  readonly files: readonly string[]
  readonly calls: readonly Call[]
  readonly observation: string | null
  readonly executionId: string | null
}

export type Steps = readonly Step[]

function newStep(step: number): Step {
  return {
    ...{
      step,
      thought: '',
      reasoning: '',
      code: null,
      output: new Terminal(),
      displays: [],
      files: [],
      calls: [],
    },
    ...{ observation: null, executionId: null },
  }
}

/** The steps after one more event. */
export function withEvent(steps: Steps, event: AgentEvent): Steps {
  if (!('step' in event)) return steps
  const known = steps.find(({ step }) => step === event.step)
  const changed = changedStep(known ?? newStep(event.step), event)
  return known === undefined ? [...steps, changed] : steps.map((each) => (each === known ? changed : each))
}

function changedStep(step: Step, event: Extract<AgentEvent, { readonly step: number }>): Step {
  switch (event.type) {
    case 'thought':
      return { ...step, thought: step.thought + event.text }
    case 'reasoning':
      return { ...step, reasoning: step.reasoning + event.text }
    case 'code':
      return { ...step, code: event.code }
    case 'output':
      step.output.write(event.stream, event.text)
      return { ...step }
    case 'display':
      return {
        ...step,
        displays: [...step.displays, { mime: event.mime, data: event.data, metadata: event.metadata }],
      }
    case 'file':
      return { ...step, files: [...step.files, event.path] }
    case 'tool-call':
    case 'approval-wanted':
      return withCall(step, event.call, {
        ...{ name: event.name, args: event.arguments },
        ...(event.type === 'approval-wanted' ? { state: 'asked' as const } : {}),
      })
    case 'approval-given':
      return withCall(step, event.call, { state: event.allow ? 'allowed' : 'refused' })
    case 'tool-result':
      return withCall(step, event.call, {
        ...{ state: event.ok ? 'ok' : 'failed', result: event.ok ? event.result : event.error },
      })
    case 'observation':
      return { ...step, observation: event.text, executionId: event.executionId }
    case 'answer':
      return step
  }
  return event satisfies never
}

function withCall(step: Step, call: string, change: Partial<Call>): Step {
  const known = step.calls.find((each) => each.call === call)
  const base: Call = known ?? { call, name: '', args: {}, state: 'running', result: null }
  const changed = { ...base, ...change }
  const calls =
    known === undefined
      ? [...step.calls, changed]
      : step.calls.map((each) => (each === known ? changed : each))
  return { ...step, calls }
}

/** The steps of a run that is over, from its record. */
function recordedSteps({ steps }: AgentRun): Steps {
  return steps.map(({ step, text, code, observation, executionId, calls }) => ({
    ...newStep(step),
    ...{ thought: text, code, observation, executionId },
    calls: calls.map(({ name, arguments: args, ok, result }, index) => ({
      ...{ call: `${step}-${index}`, name, args, result },
      state: ok ? ('ok' as const) : ('failed' as const),
    })),
  }))
}

/** The steps of a run: what was seen live is more than what is recorded, where it was seen to its end. */
export function stepsOf(run: AgentRun, live: Steps): Steps {
  if (run.status === 'running') return live.length > 0 ? live : recordedSteps(run)
  return recordedSteps(run).map((recorded) => {
    const seen = live.find(({ step }) => step === recorded.step)
    return seen !== undefined && (seen.observation !== null || recorded.observation === null)
      ? seen
      : recorded
  })
}

/** What the model said beside its code, which stands by itself. */
export function spoken(thought: string): string {
  return thought
    .replace(/```[\s\S]*?(?:```|$)/g, '')
    .replace(/<execute>[\s\S]*?(?:<\/execute>|$)/g, '')
    .trim()
}
