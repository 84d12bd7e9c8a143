import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AIMessage, type ToolMessage } from '@langchain/core/messages'
import { Annotation, MemorySaver, MessagesAnnotation, StateGraph } from '@langchain/langgraph'
import { ToolNode } from '@langchain/langgraph/prebuilt'
import { PyodideSandbox } from 'agentchat-sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChatModel } from '../../src/agent/index.ts'
import { createCodeActAgent, PyodideSandboxTool, sandboxAnnotation } from '../../src/langchain/index.ts'

let sandbox: PyodideSandbox
let folder = ''
beforeAll(() => {
  sandbox = new PyodideSandbox({ timeoutSeconds: 20 })
  folder = mkdtempSync(join(tmpdir(), 'agentchat-generations-'))
})
afterAll(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})

let ids = 0
const calls = (...codes: string[]) =>
  new AIMessage({
    content: '',
    tool_calls: codes.map((code) => {
      ids += 1
      return { name: 'python_code_sandbox', args: { code }, id: `s${ids}`, type: 'tool_call' as const }
    }),
  })

const State = Annotation.Root({ ...MessagesAnnotation.spec, ...sandboxAnnotation.spec })
function graphOf(tool: PyodideSandboxTool) {
  return new StateGraph(State)
    .addNode('tools', new ToolNode([tool]))
    .addEdge('__start__', 'tools')
    .compile({ checkpointer: new MemorySaver() })
}
const thread = (id: string) => ({ configurable: { thread_id: id } })
const last = ({ messages }: { messages: unknown[] }) => messages.at(-1) as ToolMessage

describe('the state of PyodideSandboxTool', () => {
  test.each([
    [MessagesAnnotation, '"session_bytes" and no "session_metadata"'],
    [
      Annotation.Root({ ...MessagesAnnotation.spec, session_bytes: Annotation<string | null>() }),
      '"session_metadata"',
    ],
  ])('keys that the graph does not have are named', async (state, named) => {
    const tool = new PyodideSandboxTool({ sandbox, stateful: true })
    const graph = new StateGraph(state as typeof MessagesAnnotation)
      .addNode('tools', new ToolNode([tool]))
      .addEdge('__start__', 'tools')
      .compile()
    const messages = [calls('x = 1')]
    const answer = last(await graph.invoke({ messages, session_bytes: null } as { messages: AIMessage[] }))
    expect(answer.status).toBe('error')
    expect(answer.content).toContain(`has no ${named}`)
    await expect(tool.invoke({ code: '1' })).rejects.toThrow('session_bytes')
  })

  test('a session beyond the limit is an error that names the store, and the state stays', async () => {
    const graph = graphOf(new PyodideSandboxTool({ sandbox, stateful: true, maxStateBytes: 200_000 }))
    await graph.invoke({ messages: [calls('x = 1')] }, thread('a'))
    const large = 'import random\nbig = random.randbytes(400_000)\nx = 2\nprint("done")'
    const answer = last(await graph.invoke({ messages: [calls(large)] }, thread('a')))
    expect(answer.content).toMatch(/done[\s\S]*Python is as before this call: its state is too large/)
    expect(last(await graph.invoke({ messages: [calls('x')] }, thread('a'))).content).toMatch(/result: 1$/)
  })

  test('with a store it is kept by reference, and each checkpoint has its own', async () => {
    const graph = graphOf(
      new PyodideSandboxTool({ sandbox, stateful: true, sessionStore: folder, maxStateBytes: 200_000 }),
    )
    const code = 'import random\nbig = random.randbytes(400_000)\nn = 1'
    const first = await graph.invoke({ messages: [calls(code)] }, thread('b'))
    expect(first.session_bytes).toMatch(/^generation:g[\w-]{43}$/)
    const then = await graph.getState(thread('b'))
    const second = await graph.invoke({ messages: [calls('n += 1', 'n += 1')] }, thread('b'))
    expect(second.session_bytes).not.toBe(first.session_bytes)
    expect(last(await graph.invoke({ messages: [calls('n')] }, thread('b'))).content).toMatch(/result: 3$/)
    expect(last(await graph.invoke({ messages: [calls('n')] }, then.config)).content).toMatch(/result: 1$/)
    expect(readdirSync(folder).length).toBeGreaterThanOrEqual(3)
  })

  test.each<[string, object, string]>([
    ['no base64', { session_bytes: 'a&b=' }, 'no base64'],
    ['one of two', { session_metadata: null }, 'one is null'],
    ['too long', { session_bytes: 'A'.repeat(2_000_000) }, 'more than'],
    ['bytes of nobody', { session_bytes: randomBytes(300).toString('base64') }, 'session-refused'],
    ['an unknown generation', { session_bytes: `generation:g${'a'.repeat(43)}` }, 'does not have'],
    ['a path', { session_bytes: 'generation:../../etc/passwd' }, 'names no generation'],
  ])('a state with %s is refused, and nothing runs', async (_name, wrong, told) => {
    const graph = graphOf(new PyodideSandboxTool({ sandbox, stateful: true, sessionStore: folder }))
    const { session_bytes, session_metadata } = await graph.invoke(
      { messages: [calls('x = 1')] },
      thread('c'),
    )
    const messages = [calls('print("ran")')]
    const answer = last(
      await graph.invoke({ messages, session_bytes, session_metadata, ...wrong }, thread('d')),
    )
    expect(answer.status).toBe('error')
    expect(answer.content).toContain(told)
    expect(answer.content).not.toContain('ran\n')
  })

  test('a session of another owner or key is refused', async () => {
    const owned = (name: string) =>
      graphOf(new PyodideSandboxTool({ sandbox, stateful: true, owner: () => name }))
    const kept = await owned('ada').invoke({ messages: [calls('secret = 1')] }, thread('e'))
    const { session_bytes, session_metadata } = kept
    const foreign = { messages: [calls('secret')], session_bytes, session_metadata }
    expect(last(await owned('bob').invoke(foreign, thread('f'))).content).toContain('wrong-owner')
    await using other = new PyodideSandboxTool({ stateful: true, sessionKey: randomBytes(32) })
    expect(last(await graphOf(other).invoke(foreign, thread('g'))).content).toContain('same "sessionKey"')
  })

  test('a session of another version is refused by its reason, by the tool and by the graph', async () => {
    const kept = await graphOf(new PyodideSandboxTool({ sandbox, stateful: true })).invoke(
      { messages: [calls('x = 1')] },
      thread('j'),
    )
    const bytes = Buffer.from(kept.session_bytes ?? '', 'base64')
    // The version of the format stands behind the eight bytes that all sessions begin with.
    bytes.writeUInt32BE(bytes.readUInt32BE(8) + 1, 8)
    const later = { session_bytes: bytes.toString('base64'), session_metadata: kept.session_metadata }
    const tool = graphOf(new PyodideSandboxTool({ sandbox, stateful: true }))
    const answer = last(await tool.invoke({ messages: [calls('print("ran")')], ...later }, thread('k')))
    expect(answer).toMatchObject({ status: 'error', content: expect.stringContaining('other-format') })
    const model: ChatModel = {
      takesImages: false,
      async *stream() {
        yield { type: 'text', text: '```python\nprint("ran")\n```' }
      },
    }
    const agent = createCodeActAgent({ model, sandbox })
    const ended = await agent.invoke({ messages: ['go on'], ...later })
    expect(ended).toMatchObject({
      ...{ end: 'sandbox-failed', answer: null, session_bytes: later.session_bytes },
      problem: expect.stringContaining('its format is'),
    })
    await using other = new PyodideSandbox({ sessionKey: randomBytes(32) })
    const foreign = { session_bytes: kept.session_bytes, session_metadata: kept.session_metadata }
    const refused = await createCodeActAgent({ model, sandbox: other }).invoke({
      messages: ['x'],
      ...foreign,
    })
    expect(refused).toMatchObject({ end: 'sandbox-failed', answer: null })
  })

  test('what cannot be kept is told, and Python is as before', async () => {
    const graph = graphOf(new PyodideSandboxTool({ sandbox, stateful: true }))
    await graph.invoke({ messages: [calls('x = 1')] }, thread('h'))
    const code = 'import asyncio\nx = 2\nt = asyncio.ensure_future(asyncio.sleep(1000))\nprint("made")'
    const answer = last(await graph.invoke({ messages: [calls(code)] }, thread('h')))
    expect(answer.content).toMatch(/made[\s\S]*Python is as before this call/)
    expect(last(await graph.invoke({ messages: [calls('x')] }, thread('h'))).content).toMatch(/result: 1$/)
  })

  test('another tool, as after a restart, goes on with the state', async () => {
    const one = graphOf(new PyodideSandboxTool({ sandbox, stateful: true }))
    const kept = await one.invoke({ messages: [calls('x = [1]')] }, thread('i'))
    const { session_bytes, session_metadata } = JSON.parse(JSON.stringify(kept))
    const other = graphOf(new PyodideSandboxTool({ sandbox, stateful: true }))
    const messages = [calls('x.append(2); x')]
    expect(
      last(await other.invoke({ messages, session_bytes, session_metadata }, thread('i'))).content,
    ).toMatch(/result: \[1, 2\]$/)
  })
})
