import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { CALL_DATA_BYTES, type Call } from '../../protocol/frames.ts'
import { SecretGrants } from '../secrets/secret-grants.ts'
import { type Tool, type ToolCall, toolsSchema } from '../tools/tool.ts'
import { Toolbox } from '../tools/toolbox.ts'
import { HostBridge } from './host-bridge.ts'
import type { ToolRun } from './run-tools.ts'

const MESSAGES = 50_000
/** Each ends soon after its limits are reached. */
const RUNS = 32
const MAX_CALLS = 400
const MAX_FREE = 40
const MAX_ASKED = 60

const parameters = {
  type: 'object',
  properties: { n: { type: 'integer' } },
  required: ['n'],
  additionalProperties: false,
}
const NO_CLOCK = { [Symbol.dispose]() {} }

/** The same numbers each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** What reached the tools of one execution, and who was asked. */
function observed() {
  const made: ToolCall[] = []
  const allowed = new Set<string>()
  const making = (name: string): Tool['execute'] => {
    return async (args, { id }) => {
      made.push({ id, name, arguments: args })
      if (made.length % 3 === 0) await setImmediate()
      return made.length % 7 === 0 ? 'x'.repeat(CALL_DATA_BYTES + 5) : null
    }
  }
  const tools: Tool[] = [
    { name: 'free', parameters, maxCalls: MAX_FREE, maxConcurrent: 5, execute: making('free') },
    {
      name: 'asked',
      parameters,
      maxCalls: MAX_ASKED,
      async approve({ id, arguments: { n } }) {
        await setImmediate()
        if (typeof n !== 'number' || n % 2 !== 0) return { deny: 'odd' }
        allowed.add(id)
        return 'allow'
      },
      execute: making('asked'),
    },
    { name: 'denied', parameters, approve: () => ({ deny: 'never' }), execute: making('denied') },
    { name: 'none', maxCalls: 0, execute: making('none') },
  ]
  return { tools, made, allowed }
}

type Sent = readonly [call: string, params: unknown, data: Uint8Array]

/** One message of a worker that is not our runner. */
function forged(next: (below: number) => number): Sent {
  const args = (value: unknown) => Buffer.from(JSON.stringify(value))
  const fine = args({ n: next(50) })
  const names = ['free', 'asked', 'asked', 'denied', 'none']
  const name = names[next(names.length)]
  const number = next(40)
  const kinds: readonly (() => Sent)[] = [
    () => ['tool.call', { tool: name, call: number }, fine],
    () => ['tool.call', { tool: name }, fine],
    () => ['tool.call', { tool: name, call: number }, fine],
    () => ['tool.call', { tool: ['__proto__', 'constructor', 'Free', ''][next(4)], call: number }, fine],
    () => ['tool.call', { tool: name, call: number }, Buffer.alloc(CALL_DATA_BYTES, 32)],
    () => ['tool.call', { tool: name, call: number }, args([{ n: 1 }, 'n', null, { n: 1, m: 1 }][next(4)])],
    () => ['tool.call', { tool: name, call: number }, fine.subarray(1)],
    () => ['tool.call', { tool: name, call: number, approved: true }, fine],
    () => ['tool.call', { tool: { toString: name }, call: -1 }, fine],
    () => ['tool.read', { result: next(200), at: next(2 ** 20) }, fine],
    () => ['tool.give-up', { call: number }, fine],
    () => [['tool.approve', 'tool.allow', 'toString', '__proto__'][next(4)] ?? '', { call: number }, fine],
  ]
  return kinds[next(kinds.length)]?.() ?? ['tool.call', {}, fine]
}

test(`${MESSAGES} forged, repeated, unknown, oversized and interleaved messages make no call that is not allowed`, async () => {
  const box = new Toolbox({
    tools: [],
    maxToolCalls: MAX_CALLS,
    maxToolArgumentBytes: 1000,
    maxToolResultBytes: 2 ** 20,
    logger: undefined,
  })
  const bridge = new HostBridge(() => [])
  const next = numbers(7)
  let made = 0
  try {
    for (let run = 0; run < RUNS; run++) {
      const seen = observed()
      const over = new AbortController()
      const set = box.setFor(toolsSchema().parse(seen.tools), [])
      if (set === null) throw new TypeError('there are tools')
      const tools: ToolRun = {
        set,
        signal: over.signal,
        tell: async () => {},
        redact: null,
        stopClock: () => NO_CLOCK,
      }
      bridge.begin({ lines: null, tools, secrets: SecretGrants.none })
      await sendAll(bridge, next, Math.ceil(MESSAGES / RUNS))
      over.abort()
      bridge.begin({ lines: null, tools: null, secrets: SecretGrants.none })
      const before = seen.made.length
      await sendAll(bridge, next, 20)
      expect(seen.made.length).toBe(before)
      verify(seen)
      made += before
    }
  } finally {
    await bridge.close()
    box[Symbol.dispose]()
  }
  expect(made).toBeGreaterThan(RUNS * 20)
})

/** Sends them without waiting for the answers, but for some hundred at a time: more end a worker. */
async function sendAll(bridge: HostBridge, next: (below: number) => number, count: number): Promise<void> {
  const answers = new Set<Promise<unknown>>()
  for (let id = 0; id < count; id++) {
    const [call, params, data] = forged(next)
    const sent: Call = { id: next(30), json: Buffer.from(JSON.stringify({ call, params })), data }
    // What is no message of ours ends the worker; here it may go on, and try again.
    const answer = bridge.answer(sent).catch(() => {})
    answers.add(answer)
    if (answers.size >= 300) {
      await Promise.all(answers)
      answers.clear()
    }
  }
  await Promise.all(answers)
}

/** Is all that was made what the policy allows, each call once? */
function verify({ made, allowed }: ReturnType<typeof observed>): void {
  const of = (name: string) => made.filter((call) => call.name === name)
  expect(of('denied').length + of('none').length).toBe(0)
  expect(of('free').length).toBeLessThanOrEqual(MAX_FREE)
  expect(of('asked').length).toBeLessThanOrEqual(MAX_ASKED)
  expect(new Set(made.map(({ id }) => id)).size).toBe(made.length)
  for (const { id, name, arguments: args } of made) {
    expect(Object.keys(args)).toEqual(['n'])
    const { n } = args
    expect(Number.isInteger(n)).toBe(true)
    if (name === 'asked') expect(allowed.has(id) && Number(n) % 2 === 0).toBe(true)
  }
}
