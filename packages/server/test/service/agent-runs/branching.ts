import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { delta } from '../../../../agent/test/fixtures/scripted-endpoint.ts'
import { agentSteps } from '../../../src/db/schema.ts'
import type { TestService } from '../fixtures/service.ts'
import { block, type ScriptedAgents } from './scripted-agents.ts'

/** Runs that go on from a step of an earlier one. */
export function branchingRuns(service: () => TestService, agents: () => ScriptedAgents): void {
  const asked = () => agents().endpoint.asked

  test('a run begins with the steps of an earlier one: code runs again, tools and the model are not asked again', async () => {
    const said = [block('x = double(n=21)\nn = open("n.txt").read()'), block('print("x", x, n)'), 'It is 42.']
    agents().endpoint.says(...said)
    const files = [{ path: 'n.txt', text: 'seven' }]
    const { body: first } = await agents().run({ tools: ['double'], files })
    expect(first).toMatchObject({ status: 'answered', from: null })
    const calls = async () => (await agents().api()('GET', 'audit?action=tool.execute')).body.items.length
    const before = await calls()

    agents().endpoint.says(block('y = double(n=x)\nprint("y", y, n)'), 'It is 84.')
    const from = { run: first.id, step: 1 }
    const { body: second } = await agents().run({ task: 'Once more', tools: ['double'], from })
    expect(second).toMatchObject({ status: 'answered', answer: 'It is 84.', from, task: 'Once more' })
    const { steps } = second
    expect(steps.map(({ text }) => text)).toEqual([
      said[0],
      block('y = double(n=x)\nprint("y", y, n)'),
      'It is 84.',
    ])
    expect(steps[0]).toMatchObject({
      calls: [{ name: 'double', result: 42, ok: true }],
      usage: { inputTokens: 0 },
    })
    expect(steps[1]?.observation).toContain('y 84 seven')
    // Only the new step has called.
    expect(await calls()).toBe(before + 1)
    expect(asked()).toHaveLength(2)
    const told = JSON.stringify(asked()[0]?.body.messages)
    expect(told).toContain('Once more')
    expect(told).toContain('x = double(n=21)')

    // From the branch again, and with its steps counted apart from those that it may take.
    agents().endpoint.says('Done.')
    const third = await agents().run({
      from: { run: second.id, step: 2 },
      tools: ['double'],
      limits: { maxSteps: 1 },
    })
    expect(third.body).toMatchObject({ status: 'answered', answer: 'Done.' })
    expect(third.body.steps).toHaveLength(3)
  })

  test('a message that was cut is recorded as one, and is one again in what goes on from it', async () => {
    const cut = delta('The answer is fo', { finish_reason: 'length' })
    agents().endpoint.says(
      (response) => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(cut),
      '42',
    )
    const { body: first } = await agents().run({})
    expect(first).toMatchObject({
      answer: '42',
      steps: [{ text: 'The answer is fo', cut: true }, { text: '42' }],
    })
    expect(first.steps[1]).not.toHaveProperty('cut')
    agents().endpoint.says('43')
    const { body: second } = await agents().run({ from: { run: first.id, step: 1 } })
    expect(second).toMatchObject({ answer: '43', steps: [{ cut: true }, { text: '43' }] })
  })

  test('nobody is asked for what is only told again, and whoever is asked is asked for what is new', async () => {
    agents().endpoint.says(block('x = double(n=1)'), 'Two.')
    const { body: first } = await agents().run({ tools: ['double'] })
    agents().endpoint.says(block('double(n=2)'), 'Four.')
    const wanted = { tools: [{ tool: 'double', approve: true }], from: { run: first.id, step: 1 } }
    const { body } = await agents().run(wanted, { prefer: 'respond-async' })
    const event = await agents().wanted(body.id, '2-call-1')
    expect(event).toMatchObject({ step: 2, arguments: { n: 2 } })
    await agents().api()('POST', `agent/runs/${body.id}/approvals/2-call-1`, { allow: true })
    expect(await agents().over(body.id)).toMatchObject({ status: 'answered', answer: 'Four.' })
  })

  test('what the record does not bring about again is refused', async () => {
    agents().endpoint.says(block('x = 1'), 'One.')
    const { body: first } = await agents().run({})
    const refused = async (from: object, more: object = {}) => {
      const { status, body } = await agents().run({ from, ...more })
      return [status, body.detail]
    }
    const { id } = first
    expect(await refused({ run: id, step: 2 })).toEqual([409, expect.stringContaining('it gave the answer')])
    expect(await refused({ run: id, step: 3 })).toEqual([409, expect.stringContaining('it has 2')])
    expect((await refused({ run: id, step: 0 }))[0]).toBe(422)
    expect((await refused({ run: 'agt_nobody', step: 1 }))[0]).toBe(404)
    const stranger = service().as(await service().newUser('branching'))
    const foreign = await stranger('POST', 'agent/runs', { task: 'x', from: { run: id, step: 1 } })
    expect(foreign.status).toBe(404)

    const session = (await agents().api()('POST', 'sessions', {})).body
    agents().endpoint.says(block('x = 1'), 'One.')
    const { body: kept } = await agents().run({ sessionId: session.id })
    const ofKept = { run: kept.id, step: 1 }
    expect(await refused(ofKept)).toEqual([409, expect.stringContaining('name a session')])
    const fork = (await agents().api()('POST', `sessions/${session.id}/fork`, {})).body
    expect((await refused(ofKept, { sessionId: fork.id }))[0]).toBe(200)

    const large = [{ path: 'large', text: 'x'.repeat(100_000) }]
    agents().endpoint.says(block('x = 1'), 'One.')
    const { body: withFile } = await agents().run({ files: large })
    const ofFile = { run: withFile.id, step: 1 }
    expect(await refused(ofFile)).toEqual([409, expect.stringContaining('"large" is not in the record')])

    const { db } = service().services.context
    const [row] = await db.select().from(agentSteps).where(eq(agentSteps.runId, id))
    const content = { ...(row?.content as object), whole: false }
    await db.update(agentSteps).set({ content }).where(eq(agentSteps.runId, id))
    expect(await refused({ run: id, step: 1 })).toEqual([409, expect.stringContaining('is not whole')])
  })
}
