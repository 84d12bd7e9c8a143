import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { agentFixture, block } from './fixtures/agent.ts'

const agent = agentFixture()

/** Runs an example to its end, with what it printed. */
async function start(name: string, env: Record<string, string>) {
  const example = fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url))
  const child = spawn(process.execPath, [example, 'a task', 'another'], { env: { ...process.env, ...env } })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
  const [status] = await once(child, 'close')
  return { status, said }
}

test('examples/agent.mjs solves a task, and says what is missing', async () => {
  agent().endpoint.says(block('final_answer(sum(range(10)))'))
  const solved = await start('agent.mjs', { AGENT_BASE_URL: agent().endpoint.baseUrl })
  expect(solved.said).toMatch(/answered after 1 steps and [\d.]+ s: 45/)
  expect(solved.status).toBe(0)
  expect(await start('agent.mjs', {})).toMatchObject({
    ...{ status: 2, said: expect.stringContaining('AGENT_BASE_URL') },
  })
})

test('examples/langgraph-agent.mjs remembers over the turns of a thread, and says what is missing', async () => {
  agent().endpoint.says(
    ...[block('primes = [2, 3, 5]'), 'They are 2, 3 and 5.', block('final_answer(sum(primes))')],
  )
  const solved = await start('langgraph-agent.mjs', { AGENT_BASE_URL: agent().endpoint.baseUrl })
  expect(solved.said).toMatch(/answered after 2 steps: They are 2, 3 and 5\.\nPython has: .*primes/)
  expect(solved.said).toMatch(/answered after 1 steps: 10/)
  expect(solved.status).toBe(0)
  expect(await start('langgraph-agent.mjs', {})).toMatchObject({
    ...{ status: 2, said: expect.stringContaining('AGENT_BASE_URL') },
  })
})
