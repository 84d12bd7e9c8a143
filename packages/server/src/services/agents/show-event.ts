import type { AgentEvent } from 'agentchat-sandbox-agent'
import type { AgentRunEvent } from './agent-run-events.ts'

/** What is told of something that happened in the loop; null for what is not. */
export function shownEvent(event: AgentEvent, executionId: string | null): AgentRunEvent | null {
  switch (event.type) {
    case 'text':
      return { type: 'thought', step: event.step, text: event.text }
    case 'reasoning':
      return { type: 'reasoning', step: event.step, text: event.text }
    case 'code':
      return { type: 'code', step: event.step, code: event.code }
    case 'observation':
      return { type: 'observation', step: event.step, text: event.text, executionId }
    case 'execution':
      return shownExecution(event)
    case 'finished':
      return null
  }
  return event satisfies never
}

function shownExecution({
  step,
  event,
}: Extract<AgentEvent, { readonly type: 'execution' }>): AgentRunEvent | null {
  switch (event.type) {
    case 'stdout':
    case 'stderr':
      return { type: 'output', step, stream: event.type, text: event.text }
    case 'display':
      return { type: 'display', step, mime: event.mime, data: event.data, metadata: event.metadata }
    case 'file':
      return { type: 'file', step, path: event.path, change: event.change, size: event.size }
    case 'tool-call': {
      const { name, arguments: args } = event
      return { type: 'tool-call', step, call: `${step}-${event.id}`, name, arguments: args }
    }
    case 'tool-result': {
      const { id, name, durationMs } = event
      const common = { type: 'tool-result', step, call: `${step}-${id}`, name, durationMs } as const
      return event.ok
        ? { ...common, ok: true, result: event.result }
        : { ...common, ok: false, error: event.error }
    }
    case 'started':
    case 'progress':
    case 'usage':
    case 'input-request':
      return null
  }
  return event satisfies never
}
