import type { AgentRunEvent } from '../../src/services/agents/agent-run-events.ts'

export type AgentEvent = AgentRunEvent

/** The events of a stream that is over. */
export function eventsOf(text: string): { readonly id: string; readonly event: AgentEvent }[] {
  return text
    .split('\n\n')
    .filter((each) => /^data: /m.test(each))
    .map((each) => ({
      id: /^id: (.*)$/m.exec(each)?.[1] ?? '',
      event: JSON.parse(/^data: (.*)$/m.exec(each)?.[1] ?? ''),
    }))
}
