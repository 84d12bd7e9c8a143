// Messages of a model that make five calls of a stateful PyodideSandboxTool at once, one message after the other, on a thread
// of a graph: is Python's state then what it is when the calls come one by one? With checkpoints in memory, and in PostgreSQL
// where DATABASE_URL names one. Prints as JSON how many were made and what differs.
// node parallel-calls.mjs <messages>
import { AIMessage } from '@langchain/core/messages'
import { Annotation, MemorySaver, StateGraph } from '@langchain/langgraph'
import { ToolNode } from '@langchain/langgraph/prebuilt'
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres'
import { PyodideSandboxTool, sandboxAnnotation } from '../../packages/agent/dist/langchain/index.js'

const CALLS = 5
const MODULUS = 1_000_003
/** So often what Python has is compared. */
const LOOK_EVERY = 50

const messages = Number(process.argv[2])
const found = []
for (const [name, makeSaver] of Object.entries(savers())) {
  const saver = await makeSaver()
  const tool = new PyodideSandboxTool({ stateful: true, pool: { min: 1, max: 2 } })
  try {
    found.push({ saver: name, ...(await measure(graphOf(tool, saver))) })
  } finally {
    await tool.close()
    await saver.end?.()
  }
}
console.log(JSON.stringify(found))

function savers() {
  const url = process.env.DATABASE_URL
  const postgres = async () => {
    const saver = PostgresSaver.fromConnString(url)
    await saver.setup()
    return saver
  }
  return { memory: async () => new MemorySaver(), ...(url === undefined ? {} : { postgres }) }
}

/** A graph that does nothing but what the last message calls. A message takes the place of what went before. */
function graphOf(tool, checkpointer) {
  const said = Annotation({
    reducer: (now, more) => {
      const list = [more].flat()
      return list.some((each) => AIMessage.isInstance(each)) ? list : [...now, ...list]
    },
    default: () => [],
  })
  return new StateGraph(Annotation.Root({ messages: said, ...sandboxAnnotation.spec }))
    .addNode('tools', new ToolNode([tool]))
    .addEdge('__start__', 'tools')
    .addEdge('tools', '__end__')
    .compile({ checkpointer })
}

async function measure(graph) {
  const begun = performance.now()
  const wrong = []
  let expected = 7
  for (let message = 0; message < messages; message += 1) {
    const numbers = Array.from({ length: CALLS }, (_, index) => message * CALLS + index)
    for (const number of numbers) expected = (expected * 31 + number) % MODULUS
    const codes = numbers.map((n) => `h = (globals().get("h", 7) * 31 + ${n}) % ${MODULUS}`)
    await invoke(graph, message, codes)
    if ((message + 1) % LOOK_EVERY !== 0 && message + 1 < messages) continue
    const [answer] = await invoke(graph, `look-${message}`, ['h'])
    if (!answer?.endsWith(`result: ${expected}`)) wrong.push({ message, expected, answer })
    process.stderr.write(`bench: ${message + 1} messages\n`)
  }
  return { messages, calls: messages * CALLS, wrong, seconds: (performance.now() - begun) / 1000 }
}

async function invoke(graph, turn, codes) {
  const calls = codes.map((code, index) => ({
    ...{ id: `${turn}-${index}`, name: 'python_code_sandbox', args: { code }, type: 'tool_call' },
  }))
  const asked = { messages: [new AIMessage({ content: '', tool_calls: calls })] }
  const after = await graph.invoke(asked, { configurable: { thread_id: 'soak' } })
  const answers = after.messages.filter((each) => each.getType() === 'tool')
  const failed = answers.find(({ status }) => status === 'error')
  if (failed !== undefined) throw new Error(String(failed.content))
  return answers.map(({ content }) => String(content))
}
