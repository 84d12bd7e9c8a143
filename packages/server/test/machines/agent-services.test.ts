import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { block, ScriptedAgents } from '../service/agent-runs/scripted-agents.ts'
import type { TestService } from '../service/fixtures/service.ts'
import { type Cluster, hasServers, soon, startCluster, statusOf } from './fixtures/machines.ts'

const WIDE = { quotas: { concurrent: 40, perMinute: 10_000, storageBytes: 2 ** 26 } }
const inBackground = { prefer: 'respond-async' }
const BIG = 'def big(n: int) -> str:\n    return "é" * n'

describe.skipIf(!hasServers)('runs of agents on machines, of several services', () => {
  let cluster: Cluster
  let one: TestService
  let other: TestService
  let agents: ScriptedAgents

  beforeAll(async () => {
    cluster = await startCluster()
    one = await cluster.service({ policy: WIDE })
    other = await cluster.service({ policy: WIDE })
    await cluster.machine('m1', 1)
    await cluster.machine('m2', 1)
    agents = await ScriptedAgents.start(one)
    const tool = { name: 'big', kind: 'python', definition: { code: BIG, entry: 'big' } }
    expect((await agents.api()('POST', 'tools', tool)).status).toBe(201)
  })
  afterAll(async () => {
    await agents?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
  })

  const read = async (id: string) => (await other.as(agents.ada)('GET', `agent/runs/${id}`)).body
  const over = async (id: string) => {
    await expect.poll(async () => (await read(id)).status, soon).not.toBe('running')
    return await read(id)
  }
  /** The step that was begun last. */
  const lastStep = async () => (await other.as(agents.ada)('GET', 'executions')).body.items[0]
  const runningStep = async () => {
    await expect.poll(async () => (await lastStep())?.status, soon).toBe('running')
    return String((await lastStep())?.id)
  }

  test('a result that fits into no message arrives whole, and one that is cut is none', async () => {
    const large = 'x = big(150_000)\nprint(len(x), set(x) == {"é"})'
    agents.endpoint.says(block(large), block('print(len(big(400_000)))'), 'done')
    const { body } = await agents.run({ tools: ['big'] })
    expect(body.steps).toMatchObject([
      { observation: expect.stringContaining('150000 True') },
      { observation: expect.stringMatching(/ToolError: .*larger than a result may be/) },
      { text: 'done' },
    ])
  })

  test('every machine is full of steps that wait for a tool: the tools have room, and all end', async () => {
    const code = 'import asyncio\nprint(sum(await asyncio.gather(*(double(n) for n in range(4)))))'
    for (let n = 0; n < 4; n += 1) agents.endpoint.says(block(code))
    const ids: string[] = []
    const limits = { maxSteps: 1 }
    for (let n = 0; n < 4; n += 1)
      ids.push((await agents.run({ tools: ['double'], limits }, inBackground)).body.id)
    for (const id of ids) {
      const { status, steps } = await over(id)
      expect([status, steps[0]?.observation]).toEqual(['max-steps', expect.stringContaining('12')])
    }
  })

  test('a step is followed through another service: its output comes, and no call of a tool is lost', async () => {
    const code = 'print("before", flush=True)\nprint(double(21))'
    agents.endpoint.says(block(code), 'done')
    const tools = [{ tool: 'double', approve: true }]
    const { body } = await agents.run({ tools }, inBackground)
    await agents.wanted(body.id, '1-call-1')
    const step = await runningStep()
    const headers = { authorization: `Bearer ${agents.ada.apiKey}`, accept: 'text/event-stream' }
    const following = other
      .send('GET', `executions/${step}/events`, { headers })
      .then((answer) => answer.text())
    await other.as(agents.ada)('POST', `agent/runs/${body.id}/approvals/1-call-1`, { allow: true })
    const text = await following
    const at = ['"before', '"tool-call"', '"tool-result"', '"text":"42', '"finished"'].map((part) =>
      text.indexOf(part),
    )
    expect(at).toEqual([...at].sort((a, b) => a - b))
    expect(Math.min(...at)).toBeGreaterThanOrEqual(0)
    expect((await over(body.id)).status).toBe('answered')
  })

  test('a service that is lost with a run: the run ends, and the step that waits for it ends', async () => {
    const lost = await cluster.service({ policy: WIDE })
    agents.endpoint.says(block('double(21)'))
    const tools = [{ tool: 'double', approve: true }]
    const { body } = await lost.as(agents.ada)(
      'POST',
      'agent/runs',
      { task: 'What is it?', tools },
      inBackground,
    )
    const step = await runningStep()
    // It answers nothing more. It may still say itself what became of the run, which one that is killed cannot.
    await lost.services.context.machines?.leave()
    expect(await over(body.id)).toMatchObject({
      status: expect.stringMatching(/^(interrupted|sandbox-failed)$/),
    })
    await expect.poll(() => statusOf(other, step), soon).toBe('interrupted')
    // Its machine is free for the next one.
    agents.endpoint.says(block('final_answer(double(21))'))
    expect((await agents.run({ tools: ['double'] })).body).toMatchObject({ status: 'answered', answer: 42 })
  })
})
