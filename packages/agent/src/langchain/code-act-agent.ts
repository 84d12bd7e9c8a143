import { StateGraph } from '@langchain/langgraph'
import { CodeActNodes } from './code-act-nodes.ts'
import { type CodeActAgentOptions, parseCodeActOptions } from './code-act-options.ts'
import { codeActState } from './code-act-state.ts'

/**
 * The agent's loop as a graph: a node in which the model writes, and one in which Python runs it. The state has the
 * conversation, Python as it is after each step, and how the task came out (`end`, `answer`, `problem`). With a checkpointer
 * a thread goes on after a restart, and from an earlier checkpoint with the Python of that moment. What happens comes with
 * `streamMode: 'custom'`, as the events of `streamAgent` without the last one.
 *
 * @example
 * ```ts
 * const agent = createCodeActAgent({ model, sandbox, checkpointer: new MemorySaver() })
 * const { end, answer } = await agent.invoke({ messages: [task] }, { configurable: { thread_id: '1' } })
 * ```
 * @throws ToolOptionsError
 */
export function createCodeActAgent(options: CodeActAgentOptions) {
  const settings = parseCodeActOptions(options)
  const { checkpointer, store, name, limits } = settings
  const nodes = new CodeActNodes(settings)
  const graph = new StateGraph(codeActState)
    .addNode('begin', nodes.begin)
    .addNode('model', nodes.model)
    .addNode('python', nodes.python)
    .addEdge('__start__', 'begin')
    .addEdge('begin', 'model')
    .addConditionalEdges('model', nodes.next, ['model', 'python', '__end__'])
    .addConditionalEdges('python', nodes.next, ['model', '__end__'])
    .compile({ name, ...(checkpointer && { checkpointer }), ...(store && { store }) })
  // Two nodes a step, and the limit of the agent comes first.
  return graph.withConfig({ recursionLimit: 2 * limits.maxSteps + 10 })
}
