import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findExecution } from '../../src/db/queries/executions.ts'
import { block, ScriptedAgents } from '../service/agent-runs/scripted-agents.ts'
import type { TestService } from '../service/fixtures/service.ts'
import { type Cluster, hasServers, soon, startCluster } from './fixtures/machines.ts'

const WIDE = { quotas: { concurrent: 40, perMinute: 10_000, storageBytes: 2 ** 26 } }
const inBackground = { prefer: 'respond-async' }

describe.skipIf(!hasServers)('runs of agents on machines', () => {
  let cluster: Cluster
  let one: TestService
  let other: TestService
  let agents: ScriptedAgents

  beforeAll(async () => {
    cluster = await startCluster()
    one = await cluster.service({ policy: WIDE })
    other = await cluster.service({ policy: WIDE })
    // One slot each: what runs a tool must find room beside the code that waits for it.
    await cluster.machine('m1', 1)
    await cluster.machine('m2', 1)
    agents = await ScriptedAgents.start(one)
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
  const eventsOf = async (service: TestService, id: string) => {
    const headers = { authorization: `Bearer ${agents.ada.apiKey}`, accept: 'text/event-stream' }
    const text = await (await service.send('GET', `agent/runs/${id}/events`, { headers })).text()
    return text
      .split('\n')
      .flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice('data: '.length))] : []))
  }

  test('steps share their variables, calls of tools are gathered, and all is recorded as in one process', async () => {
    agents.endpoint.says(
      block('import asyncio\nx = await asyncio.gather(double(20), double(n=1))\nprint(x)'),
      block(
        'try:\n    double(-1)\nexcept ToolError as e:\n    print(e)\ntry:\n    double("y")\nexcept ToolError as e:\n    print(e)',
      ),
      block('final_answer(x[0] + x[1])'),
    )
    const { body } = await agents.run({ tools: ['double'] })
    expect(body).toMatchObject({ status: 'answered', answer: 42, problem: null })
    expect(body.steps).toMatchObject([
      {
        observation: expect.stringContaining('[40, 2]'),
        // In the order in which they end.
        calls: expect.arrayContaining([
          expect.objectContaining({ name: 'double', ok: true, result: 40, arguments: { n: 20 } }),
          expect.objectContaining({ name: 'double', ok: true, result: 2, arguments: { n: 1 } }),
        ]),
      },
      { observation: expect.stringMatching(/ValueError: negative[\s\S]*cannot take these arguments/) },
      { code: 'final_answer(x[0] + x[1])' },
    ])
    const step = await other.as(agents.ada)('GET', `executions/${body.steps[0]?.executionId}`)
    expect(step.body).toMatchObject({
      ...{ status: 'success', sessionId: null },
      result: {
        permissions: { used: expect.arrayContaining([{ kind: 'tool', value: 'double', count: 2 }]) },
      },
    })
    const row = await findExecution(one.services.context.db, String(step.body.id))
    expect(row?.machine).toMatch(/^m[12]$/)
    // Each call is an execution of the tool, in the audit too.
    const calls = async () => (await one.as(one.admin)('GET', 'audit?action=tool.execute')).body.items.length
    await expect.poll(calls, soon).toBeGreaterThanOrEqual(3)
    // Nobody sees the session that it had, and nothing of it is left.
    expect((await other.as(agents.ada)('GET', 'sessions')).body.items).toEqual([])
    const sessions = async () => {
      const { rows } = (await one.services.context.db.execute(sql`select id from sessions`)) as {
        rows?: unknown[]
      }
      return rows
    }
    await expect.poll(sessions, soon).toEqual([])
  })

  test('a kept session is used and stays; what it holds is there for the next run', async () => {
    const { id } = (await one.as(agents.ada)('POST', 'sessions', {})).body
    await one.as(agents.ada)('POST', `sessions/${id}/executions`, { code: 'y = 20' })
    agents.endpoint.says(block('y = double(y)\ny'), 'done')
    expect((await agents.run({ tools: ['double'], sessionId: id })).body.status).toBe('answered')
    const { body } = await other.as(agents.ada)('POST', `sessions/${id}/executions`, { code: 'y' })
    expect(body.result.result).toBe(40)
  })

  test('a call is approved through another service, which follows the run too', async () => {
    agents.endpoint.says(block('x = double(4)\nprint(x)'), block('double(5)'), 'done')
    const tools = [{ tool: 'double', approve: true }]
    const limits = { stepSeconds: 20 }
    const { body: begun } = await agents.run({ tools, limits }, inBackground)
    const followed = eventsOf(other, begun.id)
    const decide = async (call: string, decision: object) =>
      await other.as(agents.ada)('POST', `agent/runs/${begun.id}/approvals/${call}`, decision)
    await agents.wanted(begun.id, '1-call-1')
    expect((await decide('9-call-9', { allow: true })).status).toBe(404)
    const eve = await one.newUser(`eve-${begun.id.slice(-6).toLowerCase()}`)
    const foreign = other.as(eve)('POST', `agent/runs/${begun.id}/approvals/1-call-1`, { allow: true })
    expect((await foreign).status).toBe(404)
    expect((await decide('1-call-1', { allow: true })).status).toBe(204)
    expect((await decide('1-call-1', { allow: false })).status).toBe(409)
    await agents.wanted(begun.id, '2-call-1')
    expect((await decide('2-call-1', { allow: false, reason: 'not now' })).status).toBe(204)
    const ended = await over(begun.id)
    expect(ended).toMatchObject({ status: 'answered', answer: 'done' })
    expect(ended.steps).toMatchObject([
      { observation: expect.stringContaining('8') },
      { observation: expect.stringContaining('not now') },
      { text: 'done' },
    ])
    const events = await followed
    expect(events).toEqual(await eventsOf(one, begun.id))
    expect(events.at(-1)).toMatchObject({ type: 'finished', status: 'answered' })
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'tool-result', call: '1-call-1', result: 8 }),
    )
    expect((await decide('2-call-1', { allow: true })).status).toBe(409)
  })

  test('the clock of a step stands still while its call waits for approval', async () => {
    agents.endpoint.says(block('print(double(6))'), 'done')
    const tools = [{ tool: 'double', approve: true }]
    const { body } = await agents.run({ tools, limits: { stepSeconds: 1 } }, inBackground)
    await agents.wanted(body.id, '1-call-1')
    // Longer than the step may take: the time that this test is about.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await other.as(agents.ada)('POST', `agent/runs/${body.id}/approvals/1-call-1`, { allow: true })
    expect((await over(body.id)).steps[0]).toMatchObject({ observation: expect.stringContaining('12') })
  })

  test('a run that is cancelled through another service ends, and its call with it', async () => {
    agents.endpoint.says(block('double(7)'))
    const { body } = await agents.run({ tools: [{ tool: 'double', approve: true }] }, inBackground)
    await agents.wanted(body.id, '1-call-1')
    const cancelled = await other.as(agents.ada)('DELETE', `agent/runs/${body.id}`)
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    const late = await other.as(agents.ada)('POST', `agent/runs/${body.id}/approvals/1-call-1`, {
      allow: true,
    })
    expect(late.status).toBe(409)
    const { items } = (await other.as(agents.ada)('GET', 'executions')).body
    expect(items[0]?.status).toBe('cancelled')
    expect(items.filter(({ status }: { status: string }) => status === 'running')).toEqual([])
  })
})
