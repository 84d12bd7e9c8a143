import { HumanMessage, type ToolMessage } from '@langchain/core/messages'
import { Command, interrupt, MemorySaver } from '@langchain/langgraph'
import { PyodideSandbox } from 'agentchat-sandbox'
import { createAgent, createMiddleware } from 'langchain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PyodideSandboxTool, pythonSandbox } from '../../src/langchain/index.ts'
import { calling, says, toolCalls } from '../fixtures/calling-model.ts'
import { savers } from '../fixtures/savers.ts'
import { ScriptedEndpoint } from '../fixtures/scripted-endpoint.ts'

let endpoint: ScriptedEndpoint
let sandbox: PyodideSandbox

beforeAll(async () => {
  endpoint = await ScriptedEndpoint.start()
  sandbox = new PyodideSandbox({ timeoutSeconds: 20 })
})
afterAll(async () => {
  await sandbox.close()
  await endpoint[Symbol.asyncDispose]()
})

const asked = (text: string) => ({ messages: [new HumanMessage(text)] })
const thread = (id: string) => ({ configurable: { thread_id: id } })
/** The values that the tools gave, in the order of the messages. */
const values = ({ messages }: { messages: readonly { content: unknown; getType(): string }[] }) =>
  messages
    .filter((each) => each.getType() === 'tool')
    .map(({ content }) => String(content).replace(/^status: success after [\d.]+ s, result: /, ''))

/** What the tool streams while it runs. */
interface Streamed {
  readonly type: string
  readonly toolCallId: string
  readonly event: { readonly type: string; readonly text?: string }
}

describe.each(savers())(
  'pythonSandbox() in createAgent, with checkpoints in %s',
  (_name, isThere, makeSaver) => {
    test.runIf(isThere)('remembers over turns, parallel calls and a new agent', async () => {
      await using held = await makeSaver()
      const make = () =>
        createAgent({
          ...{ model: calling(endpoint), checkpointer: held.saver },
          middleware: [pythonSandbox({ sandbox })],
        })
      endpoint.says(toolCalls('log = []'), says('begun'))
      await make().invoke(asked('begin'), thread('a'))
      const each = [0, 1, 2, 3, 4].map((n) => `log.append(${n})\nlog`)
      endpoint.says(toolCalls(...each), toolCalls('len(log)'), says('It is 5.'))
      const all = await make().invoke(asked('go on'), thread('a'))
      expect(values(all).slice(-6)).toEqual([
        ...['[0]', '[0, 1]', '[0, 1, 2]', '[0, 1, 2, 3]', '[0, 1, 2, 3, 4]'],
        '5',
      ])
      expect(all.messages.at(-1)?.content).toBe('It is 5.')
      expect(all.session_bytes).toEqual(expect.any(String))
      expect(all.session_metadata).toMatchObject({ sequence: 7 })
    })

    test.runIf(isThere)('goes on from an earlier checkpoint with the Python of that moment', async () => {
      await using held = await makeSaver()
      const agent = createAgent({
        ...{ model: calling(endpoint), checkpointer: held.saver },
        middleware: [pythonSandbox({ sandbox })],
      })
      for (const code of ['n = 1', 'n += 1', 'n += 1']) {
        endpoint.says(toolCalls(code), says('ok'))
        await agent.invoke(asked('x'), thread('c'))
      }
      const past: {
        config: object
        next: readonly string[]
        values: { session_metadata?: { sequence: number } }
      }[] = []
      for await (const each of agent.graph.getStateHistory(thread('c')))
        past.push(each as (typeof past)[number])
      const second = past.find(
        ({ values, next }) => values.session_metadata?.sequence === 2 && next.length === 0,
      )
      endpoint.says(toolCalls('n * 100'), says('ok'))
      expect(values(await agent.invoke(asked('y'), second?.config)).at(-1)).toBe('200')
    })
  },
)

describe('pythonSandbox() in createAgent', () => {
  test('a call that another middleware holds back runs after the others, and nothing is lost', async () => {
    let quickIsDone = () => {}
    const quick = new Promise<void>((resolve) => {
      quickIsDone = resolve
    })
    const slow = createMiddleware({
      name: 'slow',
      wrapToolCall: async (request, handler) => {
        const code = String(request.toolCall.args.code)
        if (code.includes('slow')) await quick
        const message = await handler(request)
        if (code.includes('quick')) quickIsDone()
        return message
      },
    })
    const agent = createAgent({
      ...{ model: calling(endpoint), checkpointer: new MemorySaver() },
      middleware: [slow, pythonSandbox({ sandbox })],
    })
    endpoint.says(
      toolCalls('log = []'),
      toolCalls('log.append("slow")', 'log.append("quick")'),
      toolCalls('log'),
      says('x'),
    )
    const all = await agent.invoke(asked('x'), thread('a'))
    expect(values(all).at(-1)).toBe("['quick', 'slow']")
  })

  test('a call that waited for somebody goes on in another process after what the others left', async () => {
    const checkpointer = new MemorySaver()
    const asking = createMiddleware({
      name: 'asking',
      wrapToolCall: async (request, handler) => {
        if (String(request.toolCall.args.code).includes('asked')) interrupt('May it?')
        return await handler(request)
      },
    })
    // Each has a tool of its own, which knows nothing of the other's calls.
    const make = () =>
      createAgent({
        model: calling(endpoint),
        checkpointer,
        middleware: [asking, pythonSandbox({ sandbox })],
      })
    endpoint.says(toolCalls('log = []'), toolCalls('log.append("asked")', 'log.append("quick")'))
    await make().invoke(asked('x'), thread('g'))
    endpoint.says(toolCalls('log'), says('x'))
    const all = await make().invoke(new Command({ resume: 'yes' }), thread('g'))
    expect(values(all).at(-1)).toBe("['quick', 'asked']")
  })

  test('what Python prints streams while it runs', async () => {
    const agent = createAgent({ model: calling(endpoint), middleware: [pythonSandbox({ sandbox })] })
    endpoint.says(toolCalls('print("one")\nprint("two")'), says('x'))
    const seen: Streamed[] = []
    for await (const each of await agent.stream(asked('x'), { streamMode: 'custom' }))
      seen.push(each as Streamed)
    expect(seen[0]).toMatchObject({ type: 'python', toolCallId: expect.stringMatching(/^call_/) })
    expect(seen.map(({ event }) => event.text ?? '').join('')).toBe('one\ntwo\n')
  })

  test('cancel ends the code, and the thread goes on from before it', async () => {
    const agent = createAgent({
      ...{ model: calling(endpoint), checkpointer: new MemorySaver() },
      middleware: [pythonSandbox({ sandbox })],
    })
    endpoint.says(toolCalls('x = 1'), says('ok'))
    await agent.invoke(asked('x'), thread('d'))
    endpoint.says(toolCalls('x = 2\nprint("runs")\nwhile True: pass'))
    const stop = new AbortController()
    const running = agent.stream(asked('x'), { ...thread('d'), signal: stop.signal, streamMode: 'custom' })
    await expect(
      (async () => {
        for await (const each of await running) if ((each as Streamed).event.type === 'stdout') stop.abort()
      })(),
    ).rejects.toThrow()
    endpoint.says(toolCalls('x'), says('ok'))
    const again = createAgent({
      ...{ model: calling(endpoint), checkpointer: new MemorySaver() },
      middleware: [pythonSandbox({ sandbox })],
    })
    const { session_bytes, session_metadata } = (await agent.graph.getState(thread('d'))).values
    const input = { ...asked('y'), session_bytes, session_metadata }
    expect(values(await again.invoke(input, thread('e')))).toEqual(['1'])
  })

  test('a stateless tool needs no state, and bad arguments are told to the model', async () => {
    const tool = new PyodideSandboxTool({ sandbox })
    const agent = createAgent({ model: calling(endpoint), tools: [tool] })
    const bad: Parameters<ScriptedEndpoint['says']>[0] = toolCalls('6 * 7', '1 / 0')
    endpoint.says(bad, says('x'))
    const { messages } = await agent.invoke(asked('x'))
    const told = messages.filter((each) => each.getType() === 'tool') as ToolMessage[]
    expect(told.map(({ status }) => status)).toEqual(['success', 'error'])
    expect(told[1]?.content).toContain('ZeroDivisionError')
    const sent = JSON.parse(JSON.stringify(endpoint.asked[0]?.body)) as { tools: { function: object }[] }
    expect(sent.tools[0]?.function).toMatchObject({
      name: 'python_code_sandbox',
      parameters: { properties: { code: { type: 'string' } }, required: ['code'] },
    })
  })
})
