import { AIMessage, type ToolMessage } from '@langchain/core/messages'
import {
  Annotation,
  MemorySaver,
  MessagesAnnotation,
  MessagesValue,
  StateGraph,
  StateSchema,
} from '@langchain/langgraph'
import { ToolNode } from '@langchain/langgraph/prebuilt'
import { PyodideSandbox } from 'agentchat-sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  PyodideSandboxTool,
  pythonSandbox,
  type SandboxArtifact,
  SandboxToolError,
  sandboxAnnotation,
  sandboxState,
  ToolOptionsError,
} from '../../src/langchain/index.ts'

let sandbox: PyodideSandbox
beforeAll(() => {
  sandbox = new PyodideSandbox({ timeoutSeconds: 20 })
})
afterAll(() => sandbox.close())

let ids = 0
const calls = (...codes: string[]) =>
  new AIMessage({
    content: '',
    tool_calls: codes.map((code) => {
      ids += 1
      return { name: 'python_code_sandbox', args: { code }, id: `c${ids}`, type: 'tool_call' as const }
    }),
  })

/** The value in a text for a model that has nothing else; else the text. */
const valueIn = (content: unknown) => String(content).replace(/^status: success after [\d.]+ s, result: /, '')

/** What the tools answered. */
const answers = ({ messages }: { messages: { content: unknown; getType(): string }[] }) =>
  messages.filter((each) => each.getType() === 'tool').map(({ content }) => valueIn(content))

describe('PyodideSandboxTool, stateless', () => {
  test('gives text for the model and the result as artifact, in a ToolNode', async () => {
    const node = new ToolNode([new PyodideSandboxTool({ sandbox })])
    const code =
      'import warnings\nwarnings.warn("careful")\nopen("a.txt", "w").write("hi")\nprint("out")\n40 + 2'
    const { messages } = await node.invoke({ messages: [calls(code)] })
    const [message] = messages as ToolMessage[]
    expect(message).toMatchObject({ name: 'python_code_sandbox', status: 'success' })
    // A warning on standard error is no error, and hides neither output nor value.
    expect(message?.content).toMatch(/42[\s\S]*out[\s\S]*careful/)
    const artifact: SandboxArtifact = message?.artifact
    expect(artifact).toMatchObject({ status: 'success', result: 42, stdout: 'out\n', leftOut: 0 })
    expect(artifact.files).toMatchObject([{ path: 'a.txt', size: 2, data: 'aGk=' }])
    expect(JSON.parse(JSON.stringify(artifact))).toEqual(artifact)
  })

  test('remembers nothing, and tells of an error by the status', async () => {
    const node = new ToolNode([new PyodideSandboxTool({ sandbox })])
    await node.invoke({ messages: [calls('x = 1')] })
    const { messages } = await node.invoke({ messages: [calls('print("first")\nx')] })
    expect(messages[0]).toMatchObject({
      status: 'error',
      content: expect.stringMatching(/first[\s\S]*NameError/),
    })
  })

  test('called by hand it gives the text', async () => {
    expect(await new PyodideSandboxTool({ sandbox }).invoke({ code: '6 * 7' })).toMatch(/result: 42$/)
  })

  test('the artifact holds no more than it may', async () => {
    const tool = new PyodideSandboxTool({ sandbox, maxArtifactBytes: 100, maxChars: 300 })
    const node = new ToolNode([tool])
    const code = 'open("b", "w").write("x" * 1000)\nopen("s", "w").write("ok")\nprint("y" * 5000)'
    const { messages } = await node.invoke({ messages: [calls(code)] })
    expect(messages[0].content.length).toBeLessThanOrEqual(300)
    expect(messages[0].artifact).toMatchObject({ leftOut: 1, files: [{ data: null }, { data: 'b2s=' }] })
  })

  test('cancels: the code ends, and the next call works', async () => {
    const tool = new PyodideSandboxTool({ sandbox })
    const stop = new AbortController()
    const running = tool.invoke({ code: 'while True: pass' }, { signal: stop.signal })
    setTimeout(() => stop.abort(), 300)
    await expect(running).rejects.toThrow()
    expect(await tool.invoke({ code: '1' })).toMatch(/result: 1$/)
  })

  test('options of a sandbox are honoured, and a misspelt one is an error', async () => {
    await using tool = new PyodideSandboxTool({ timeoutSeconds: 1, allowEnv: ['HOME'] })
    expect(tool.description).toContain('1 s')
    expect(await tool.invoke({ code: 'import os\n"HOME" in os.environ' })).toMatch(/result: True$/)
    expect(await tool.invoke({ code: 'while True: pass' })).toContain('timeoutSeconds')
    expect(() => new PyodideSandboxTool({ alowNet: true } as object)).toThrow('alowNet')
    expect(() => new PyodideSandboxTool({ sandbox, allowNet: true })).toThrow(ToolOptionsError)
    expect(() => new PyodideSandboxTool({ maxChars: 1 })).toThrow('maxChars')
    const forgetful: object = { stateful: false }
    expect(() => pythonSandbox(forgetful)).toThrow('stateful: is not for here')
  })

  test('what fails on the host is not told to the model', async () => {
    const closed = new PyodideSandbox()
    await closed.close()
    const tool = new PyodideSandboxTool({ sandbox: closed })
    const error: unknown = await tool.invoke({ code: '1' }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SandboxToolError)
    expect(error).toMatchObject({
      code: 'sandbox-closed',
      message: 'Cannot run the code: the sandbox failed (sandbox-closed)',
      cause: { code: 'sandbox-closed' },
    })
  })
})

const AnnotatedState = Annotation.Root({ ...MessagesAnnotation.spec, ...sandboxAnnotation.spec })
const SchemaState = new StateSchema({ messages: MessagesValue, ...sandboxState })

/** A graph that does nothing but what the last message calls. */
function graphOf(state: typeof AnnotatedState | typeof SchemaState, tool: PyodideSandboxTool) {
  return new StateGraph(state as typeof AnnotatedState)
    .addNode('tools', new ToolNode([tool]))
    .addEdge('__start__', 'tools')
    .addEdge('tools', '__end__')
    .compile({ checkpointer: new MemorySaver() })
}

const thread = (id: string) => ({ configurable: { thread_id: id } })

describe.each([
  ['Annotation.Root', AnnotatedState],
  ['StateSchema', SchemaState],
])('PyodideSandboxTool, stateful, in a StateGraph of %s', (_name, state) => {
  test('remembers in the state, as base64 text', async () => {
    const graph = graphOf(state, new PyodideSandboxTool({ sandbox, stateful: true }))
    const first = await graph.invoke({ messages: [calls('x = 40')] }, thread('a'))
    expect(first.session_bytes).toMatch(/^[A-Za-z0-9+/]+=*$/)
    expect(first.session_metadata).toMatchObject({ sequence: 1, names: [{ name: 'x' }] })
    expect(answers(await graph.invoke({ messages: [calls('x + 2')] }, thread('a'))).at(-1)).toBe('42')
    expect(answers(await graph.invoke({ messages: [calls('x')] }, thread('b'))).at(-1)).toContain('NameError')
  })

  test('five calls of one message run in their order, and leave what they would leave one by one', async () => {
    const graph = graphOf(state, new PyodideSandboxTool({ sandbox, stateful: true }))
    await graph.invoke({ messages: [calls('log = []')] }, thread('c'))
    const code = [0, 1, 2, 3, 4].map((each) => `log.append(${each})\nlog`)
    const all = await graph.invoke({ messages: [calls(...code)] }, thread('c'))
    expect(answers(all).slice(-5)).toEqual(['[0]', '[0, 1]', '[0, 1, 2]', '[0, 1, 2, 3]', '[0, 1, 2, 3, 4]'])
    expect(all.session_metadata).toMatchObject({ sequence: 6 })
    expect(answers(await graph.invoke({ messages: [calls('log')] }, thread('c'))).at(-1)).toBe(
      '[0, 1, 2, 3, 4]',
    )
  })

  test('goes on from an earlier checkpoint with the Python of that moment', async () => {
    const graph = graphOf(state, new PyodideSandboxTool({ sandbox, stateful: true }))
    for (const code of ['n = 1', 'n += 1', 'n += 1', 'n'])
      await graph.invoke({ messages: [calls(code)] }, thread('d'))
    const past: { config: object; values: { session_metadata?: { sequence: number } | null } }[] = []
    for await (const each of graph.getStateHistory(thread('d'))) past.push(each as (typeof past)[number])
    const second = past.find(({ values }) => values.session_metadata?.sequence === 2)
    expect(answers(await graph.invoke({ messages: [calls('n')] }, second?.config)).at(-1)).toBe('2')
    expect(answers(await graph.invoke({ messages: [calls('n')] }, second?.config)).at(-1)).toBe('2')
  })
})
