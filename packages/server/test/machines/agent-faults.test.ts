import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { block, ScriptedAgents } from '../service/agent-runs/scripted-agents.ts'
import type { TestService } from '../service/fixtures/service.ts'
import { type LyingMachine, startLyingMachine } from './fixtures/lying-machine.ts'
import { type Cluster, hasServers, soon, startCluster, statusOf } from './fixtures/machines.ts'

describe.skipIf(!hasServers)('runs of agents when machines are lost or lie', () => {
  let cluster: Cluster
  let service: TestService
  let agents: ScriptedAgents
  let liar: LyingMachine

  beforeAll(async () => {
    cluster = await startCluster()
    service = await cluster.service({ policy: { quotas: { concurrent: 40, perMinute: 10_000 } } })
    const helper = await cluster.machine('m1', 1)
    agents = await ScriptedAgents.start(service)
    await helper.close(0)
    liar = await startLyingMachine(cluster)
  })
  afterAll(async () => {
    await liar?.[Symbol.asyncDispose]()
    await agents?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
  })

  /** A run whose one step the liar has, about which it says this. */
  const lied = async (events: readonly object[]) => {
    liar.asked.length = 0
    agents.endpoint.says(block('double(1)'), 'done')
    const { body } = await agents.run({ tools: ['double'] }, { prefer: 'respond-async' })
    const work = await liar.takes(events)
    return { id: String(body.id), work }
  }
  const answers = () => liar.asked.flatMap((ask) => (ask.op === 'answer' ? [[ask.call, ask.answer]] : []))
  const calls = async () =>
    (await service.as(service.admin)('GET', 'audit?action=tool.execute')).body.items.length
  const ask = (call: number, tool = 'double', args = '{}') => ({
    ...{ type: 'tool-ask', call, tool, arguments: args },
  })

  test('calls that are not offered, too large, or no calls are refused, and none is made', async () => {
    const before = await calls()
    const large = JSON.stringify({ n: 'x'.repeat(2 ** 20 - 20) })
    const { id, work } = await lied([
      { type: 'started' },
      ask(1, 'other'),
      ask(2, 'double', 'null'),
      ask(3, 'double', '{"n": "one"}'),
      ask(4, 'double', '{"n": 1, "more": 2}'),
      ask(5, '__proto__'),
      ask(6, 'double', `{"n": ${'['.repeat(5000)}${']'.repeat(5000)}}`),
      { type: 'tool-give-up', call: 900 },
      ask(7, 'double', large),
    ])
    // It is told what Python needs of the tools, and nothing of what they do.
    expect(work.tools?.map((tool) => Object.keys(tool).sort())).toEqual([
      ['countsTime', 'description', 'name', 'parameters'],
      ['countsTime', 'description', 'name', 'parameters'],
    ])
    expect(JSON.stringify(work.tools)).not.toContain('ValueError')
    await expect.poll(() => answers().length, soon).toBe(7)
    for (const [, answer] of answers()) expect(answer).toMatchObject({ error: expect.any(String) })
    await agents.api()('DELETE', `agent/runs/${id}`)
    // Nothing that it says later is heard.
    expect(await calls()).toBe(before)
  })

  test.each([
    ['a number that was used', [ask(1, 'other'), ask(1)]],
    ['a number that is not the next one', [ask(2)]],
    ['arguments past every limit', [ask(1, 'double', `"${'x'.repeat(2 ** 21)}"`)]],
    ['a result of its own', [{ type: 'tool-result', id: 'call-1', name: 'double', ok: true, result: 1 }]],
    ['a call that was made elsewhere', [{ type: 'tool-call', id: 'call-1', name: 'double', arguments: {} }]],
    ['no number', [{ type: 'tool-ask', call: 'x', tool: 'double', arguments: '{"n": 1}' }]],
  ])('what no machine says ends the run: %s', async (_what, events) => {
    const before = await calls()
    const { id } = await lied(events)
    const ended = await agents.over(id)
    expect(ended).toMatchObject({ status: 'sandbox-failed', answer: null })
    expect(await calls()).toBe(before)
    // It is told to end it.
    await expect.poll(() => liar.asked.some(({ op }) => op === 'cancel'), soon).toBe(true)
  })

  test('a machine that is killed during a step: the run says so, and keeps what it had', async () => {
    await liar[Symbol.asyncDispose]()
    const machine = await cluster.process('m2', 1)
    agents.endpoint.says(block('print("first")'), block('import time\ntime.sleep(600)'))
    const { body } = await agents.run({}, { prefer: 'respond-async' })
    const step = async () => (await agents.api()('GET', 'executions')).body.items[0]
    await expect
      .poll(async () => [agents.endpoint.asked.length, (await step())?.status], soon)
      .toEqual([2, 'running'])
    const id = String((await step())?.id)
    machine.child.kill('SIGKILL')
    const ended = await agents.over(body.id)
    expect(ended).toMatchObject({ status: 'sandbox-failed', problem: expect.stringContaining('lost') })
    expect(ended.steps[0]).toMatchObject({ observation: expect.stringContaining('first') })
    expect(await statusOf(service, id)).toBe('interrupted')
    await cluster.process('m3', 1)
    agents.endpoint.says(block('final_answer(6 * 7)'))
    expect((await agents.run({})).body).toMatchObject({ status: 'answered', answer: 42 })
  })
})
