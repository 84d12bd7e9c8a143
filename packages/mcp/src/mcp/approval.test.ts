import { McpServer, type ServerContext } from '@modelcontextprotocol/server'
import { expect, test, vi } from 'vitest'
import { approvalOf } from './approval.ts'

const server = new McpServer({ name: 'test', version: '1' })
const CAPABLE = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } }

/** What a call brings along: the answer to a question, with the state that the question had. */
function contextWith(
  state?: string,
  answer: object = { action: 'accept', content: { allow: true } },
): ServerContext {
  const mcpReq = {
    envelope: CAPABLE,
    requestState: () => state,
    inputResponses: state === undefined ? undefined : { approve: answer },
  }
  return { mcpReq } as unknown as ServerContext
}

const call = { tool: 'remove', args: { n: 3 } }
const stateOf = (of: typeof call = call) => {
  const outcome = approvalOf(server, of, contextWith())
  return outcome.kind === 'ask' ? String(outcome.question.requestState) : ''
}

test('approvalOf() takes an answer to its own question once, for these arguments, in time', () => {
  const state = stateOf()
  expect(approvalOf(server, call, contextWith(state)).kind).toBe('allowed')
  expect(approvalOf(server, call, contextWith(state)).kind, 'the same again').toBe('ask')
  expect(
    approvalOf(server, { ...call, args: { n: 4 } }, contextWith(stateOf())).kind,
    'other arguments',
  ).toBe('ask')
  expect(approvalOf(server, { ...call, tool: 'make' }, contextWith(stateOf())).kind, 'another tool').toBe(
    'ask',
  )
  const late = stateOf()
  vi.useFakeTimers({ now: Date.now() + 11 * 60_000 })
  expect(approvalOf(server, call, contextWith(late)).kind, 'too late').toBe('ask')
  vi.useRealTimers()
})

test('approvalOf() asks again after a forged state, and refuses what is no yes', () => {
  for (const forged of [
    '',
    'x',
    `${Date.now() + 1e6}.abc.def`,
    `${stateOf()}x`,
    stateOf().replace('.', '0.'),
  ])
    expect(approvalOf(server, call, contextWith(forged)).kind, forged).toBe('ask')
  for (const answer of [{ action: 'decline' }, { action: 'accept', content: { allow: 'true' } }])
    expect(approvalOf(server, call, contextWith(stateOf(), answer)).kind).toBe('refused')
})
