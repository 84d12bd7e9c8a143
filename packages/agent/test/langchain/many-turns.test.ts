import { HumanMessage, RemoveMessage } from '@langchain/core/messages'
import { REMOVE_ALL_MESSAGES } from '@langchain/langgraph'
import { PyodideSandbox, type PythonSession } from 'agentchat-sandbox'
import { createAgent } from 'langchain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pythonSandbox } from '../../src/langchain/index.ts'
import { calling, says, toolCalls } from '../fixtures/calling-model.ts'
import { savers } from '../fixtures/savers.ts'
import { ScriptedEndpoint } from '../fixtures/scripted-endpoint.ts'

/** How many messages with five calls each: 1,000 of them take some minutes (`AGENTCHAT_TEST_AGENT_TURNS=1000`). */
const TURNS = Number(process.env.AGENTCHAT_TEST_AGENT_TURNS ?? 12)

let endpoint: ScriptedEndpoint
let sandbox: PyodideSandbox
beforeAll(async () => {
  endpoint = await ScriptedEndpoint.start()
  sandbox = new PyodideSandbox({ timeoutSeconds: 60 })
})
afterAll(async () => {
  await sandbox.close()
  await endpoint[Symbol.asyncDispose]()
})

/** Five calls, of which each comes to something else in any other order; one of them fails after it changed something. */
function callsOf(turn: number): string[] {
  return [0, 1, 2, 3, 4].map((place) => {
    const code = `h = globals().get("h", 7) * 31 % 1000003 + ${turn * 5 + place}\nlog = globals().get("log", [])[-9:] + [h]\n`
    return code + (place === turn % 7 ? 'raise ValueError(h)' : '(h, log)')
  })
}

async function oneAfterTheOther(session: PythonSession, codes: readonly string[]): Promise<string[]> {
  const came: string[] = []
  for (const code of codes) {
    const { error, resultText } = await session.execute(code)
    came.push(error === null ? String(resultText) : `${error.name}: ${error.message}`)
  }
  return came
}

const outcomeOf = (content: unknown) => {
  const text = String(content)
  return /^ValueError: \d+$/m.exec(text)?.[0] ?? text.replace(/^status: success after [\d.]+ s, result: /, '')
}

describe.each(savers())(
  'pythonSandbox() in createAgent, with checkpoints in %s',
  (_name, isThere, makeSaver) => {
    test.runIf(isThere)(
      `${TURNS} messages of 5 calls come to what they come to one by one`,
      async () => {
        await using held = await makeSaver()
        await using middleware = pythonSandbox({ sandbox })
        await using session = sandbox.session()
        const agent = createAgent({
          ...{ model: calling(endpoint), checkpointer: held.saver },
          middleware: [middleware],
        })
        const thread = { configurable: { thread_id: 'many' } }
        for (let turn = 0; turn < TURNS; turn += 1) {
          const codes = callsOf(turn)
          endpoint.says(toolCalls(...codes), says('ok'))
          // A conversation of thousands of messages would measure how it is copied, and not our calls.
          const messages = [new RemoveMessage({ id: REMOVE_ALL_MESSAGES }), new HumanMessage('go on')]
          const all = await agent.invoke({ messages }, thread)
          const told = all.messages.filter((each) => each.getType() === 'tool')
          expect(told.map(({ content }) => outcomeOf(content))).toEqual(
            await oneAfterTheOther(session, codes),
          )
          expect(all.session_metadata).toMatchObject({ sequence: 5 * (turn + 1) })
        }
      },
      300_000 + TURNS * 5000,
    )
  },
)
