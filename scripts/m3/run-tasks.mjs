import { runAgent } from 'agentchat-sandbox-agent'
import { pythonLiteral } from './python-literal.mjs'
import { World } from './world.mjs'

/**
 * Solves all tasks of a folder twice with a model that says what was written before: with the whole solution in one message,
 * and then with one of the calls that this made in each message.
 * @returns {Promise<{ right: number, tasks: number, turns: [number, number], bytes: [number, number], wrong: string[] }>}
 */
export async function runTasks(sandbox, folder, solutions) {
  const world = await World.load(sandbox, folder)
  const session = sandbox.session()
  const found = { right: 0, tasks: 0, turns: [0, 0], bytes: [0, 0], wrong: [] }
  try {
    for (const name of await world.names()) {
      found.tasks += 1
      const solution = solutions.get(name)
      if (solution === undefined) {
        found.wrong.push(`${name}: there is no solution`)
        continue
      }
      const solved = await solve({ world, session, name, blocks: [solution] })
      const calls = world.calls.map(({ name: called, arguments: args }) => `print(${callOf(called, args)})`)
      const answer = `final_answer(${pythonLiteral(solved.answer)})`
      const singly = await solve({ world, session, name, blocks: [...calls, answer] })
      const isRight = solved.isRight && singly.isRight
      if (isRight) found.right += 1
      else found.wrong.push(`${name}: ${JSON.stringify(solved.answer)}, ${solved.problem ?? singly.problem}`)
      for (const [index, each] of [solved, singly].entries()) {
        found.turns[index] += each.turns
        found.bytes[index] += each.bytes
      }
    }
    return found
  } finally {
    await session.close()
    await world.close()
  }
}

async function solve({ world, session, name, blocks }) {
  const { instruction, tools } = await world.begin(name)
  const model = scripted(blocks.map((code) => `\`\`\`python\n${code}\n\`\`\``))
  const limits = { maxSteps: blocks.length }
  const { answer, problem } = await runAgent({ model, session, task: instruction, tools, limits })
  return { answer, problem, isRight: await world.isRight(name, answer), ...model.asked }
}

/** A model that says one text after the other, and counts its turns and the bytes that it is sent and sends. */
function scripted(texts) {
  const asked = { turns: 0, bytes: 0 }
  return {
    takesImages: false,
    asked,
    async *stream(messages) {
      const text = texts[asked.turns] ?? ''
      asked.turns += 1
      for (const { content } of messages) asked.bytes += Buffer.byteLength(content)
      asked.bytes += Buffer.byteLength(text)
      yield { type: 'text', text }
    },
  }
}

function callOf(name, args) {
  const parts = Object.entries(args).map(([each, value]) => `${each}=${pythonLiteral(value)}`)
  return `${name}(${parts.join(', ')})`
}
