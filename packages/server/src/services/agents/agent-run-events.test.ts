import { expect, test } from 'vitest'
import { AGENT_RUN_EVENTS, type AgentRunEvent } from './agent-run-events.ts'

const thought = (step: number, text: string): AgentRunEvent => ({ type: 'thought', step, text })
const output = (stream: 'stdout' | 'stderr', text: string): AgentRunEvent => ({
  ...{ type: 'output', step: 1, stream, text },
})
const told: AgentRunEvent = { type: 'observation', step: 1, text: 'x', executionId: null }

test.each<[string, AgentRunEvent, AgentRunEvent, AgentRunEvent | null]>([
  ['pieces of a thought', thought(1, 'a'), thought(1, 'b'), thought(1, 'ab')],
  ['thoughts of two steps', thought(1, 'a'), thought(2, 'b'), null],
  ['thought and reasoning', thought(1, 'a'), { type: 'reasoning', step: 1, text: 'b' }, null],
  ['pieces of output', output('stdout', 'a'), output('stdout', 'b'), output('stdout', 'ab')],
  ['output of two streams', output('stdout', 'a'), output('stderr', 'b'), null],
  ['what is too long together', thought(1, 'a'.repeat(16_000)), thought(1, 'b'.repeat(1000)), null],
  ['observations', told, told, null],
  ['code', { type: 'code', step: 1, code: 'a' }, { type: 'code', step: 1, code: 'b' }, null],
])('AGENT_RUN_EVENTS puts %s together where they are one', (_, first, second, both) => {
  expect(AGENT_RUN_EVENTS.merged(first, second)).toEqual(both)
})
