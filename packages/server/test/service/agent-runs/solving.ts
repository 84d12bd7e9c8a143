import { expect, test } from 'vitest'
import { type Answer, delta, whole } from '../../../../agent/test/fixtures/scripted-endpoint.ts'
import type { AgentRunEvent } from '../../../src/services/agents/agent-run-events.ts'
import type { TestService } from '../fixtures/service.ts'
import { eventsOf } from '../fixtures/sse.ts'
import { block, type ScriptedAgents } from './scripted-agents.ts'

const EVENTS = { 'Content-Type': 'text/event-stream' }

/** What a run does: its steps, its events, its tools and its session. */
export function solvingTasks(service: () => TestService, agents: () => ScriptedAgents): void {
  test('a task is solved in a session of its own; each step is an execution, and all of it is recorded', async () => {
    agents().endpoint.says(block('x = 20\nprint("so far", x)'), block('final_answer({"n": x + 22})'))
    const solved = await agents().run({ files: [{ path: 'note.txt', text: 'hello' }] })
    expect(solved).toMatchObject({
      status: 200,
      body: { status: 'answered', answer: { n: 42 }, problem: null },
    })
    const { steps, id } = solved.body
    expect(steps).toMatchObject([
      { step: 1, code: 'x = 20\nprint("so far", x)', observation: expect.stringContaining('so far 20') },
      { step: 2, text: block('final_answer({"n": x + 22})'), whole: true },
    ])
    expect(agents().endpoint.asked[0]?.headers.authorization).toBe('Bearer sk-scripted')
    expect(agents().endpoint.asked[0]?.body).toMatchObject({ model: 'scripted-1', temperature: 0 })
    expect(JSON.stringify(agents().endpoint.asked[0]?.body.messages)).toContain('note.txt (5 bytes)')
    const first = await agents().api()('GET', `executions/${steps[0]?.executionId}`)
    expect(first.body).toMatchObject({ status: 'success', result: { stdout: 'so far 20\n' } })
    expect((await agents().api()('GET', `executions/${steps[1]?.executionId}`)).body.status).toBe('success')
    expect((await agents().api()('GET', `agent/runs/${id}`)).body).toEqual(solved.body)
    const { items } = (await agents().api()('GET', 'agent/runs?status=answered')).body
    expect(items[0]).toMatchObject({ id, steps: 2, answer: { n: 42 }, task: solved.body.task })
    const audit = (await agents().api()('GET', `audit?resourceId=${id}`)).body.items
    expect(audit).toMatchObject([
      { action: 'agent-run.create', outcome: 'success', detail: { model: 'scripted' } },
    ])
    expect(
      (await agents().api()('GET', 'audit?action=execution.create')).body.items[0]?.detail.agentRunId,
    ).toBe(id)
    expect(service().services.context.sessions.open.size).toBe(0)
  })

  test('its events come as they happen, and a reader goes on where it was', async () => {
    agents().endpoint.says(block('print("one")\nopen("f.txt", "w").write("1")'), 'It is 1.')
    const headers = { authorization: `Bearer ${agents().ada.apiKey}`, accept: 'text/event-stream' }
    const answer = await service().send('POST', 'agent/runs', { body: { task: 'x' }, headers })
    const events = eventsOf<AgentRunEvent>(await answer.text())
    const types = [...new Set(events.map(({ data }) => data.type))]
    expect(types).toEqual([
      'started',
      'thought',
      'code',
      'output',
      'file',
      'observation',
      'answer',
      'finished',
    ])
    const text = events.map(({ data }) => (data.type === 'thought' && data.step === 2 ? data.text : ''))
    expect(text.join('')).toBe('It is 1.')
    expect(events.at(-1)?.data).toMatchObject({ status: 'answered', answer: 'It is 1.', steps: 2 })
    const path = `${answer.headers.get('location')?.replace('/api/v1/', '')}/events`
    const after = (id: string | undefined) =>
      service().send('GET', path, { headers: { ...headers, 'last-event-id': id ?? '' } })
    const at = events.findIndex(({ data }) => data.type === 'code')
    const rest = eventsOf<AgentRunEvent>(await (await after(events[at]?.id)).text())
    expect(rest).toEqual(events.slice(at + 1))
  })

  test('stored tools are functions of the code; each call is one as over HTTP', async () => {
    agents().endpoint.says(
      block('a = double(20)\ntry:\n    double(-1)\nexcept ToolError as error:\n    print(error)\na'),
      block('final_answer([a, double(9007199254740993)])'),
    )
    const solved = await agents().run({ tools: ['double'] })
    expect(solved.body).toMatchObject({
      status: 'answered',
      steps: [{ observation: expect.stringContaining('ValueError: negative') }, {}],
    })
    expect(solved.body.answer).toMatchObject({ 0: 40 })
    expect(JSON.stringify(solved.body.answer)).toContain('18014398509481986')
    expect(solved.body.steps[0]?.calls).toEqual([
      { name: 'double', arguments: { n: 20 }, ok: true, result: 40 },
      { name: 'double', arguments: { n: -1 }, ok: false, result: expect.stringContaining('negative') },
    ])
    expect(JSON.stringify(agents().endpoint.asked[0]?.body.messages[0])).toContain('double(n: int)')
    const { items } = (await agents().api()('GET', 'audit?action=tool.execute')).body
    expect(items).toHaveLength(3)
    const executions = (await agents().api()('GET', `executions?toolId=${items[0]?.resourceId}`)).body.items
    expect(executions.map((each: { status: string }) => each.status).sort()).toEqual([
      'error',
      'success',
      'success',
    ])
  })

  test('a call waits for its approval, and is refused or made as somebody decides', async () => {
    agents().endpoint.says(
      block('try:\n    print(double(1))\nexcept ToolError as error:\n    print(error)\nx = double(2)'),
      block('final_answer(x)'),
    )
    const { body } = await agents().run(
      { tools: [{ tool: 'double', approve: true }] },
      { prefer: 'respond-async' },
    )
    const decide = (call: string, decision: object) =>
      agents().api()('POST', `agent/runs/${body.id}/approvals/${call}`, decision)
    const refused = await agents().wanted(body.id, '1-call-1')
    expect(refused).toMatchObject({ name: 'double', arguments: { n: 1 }, step: 1 })
    expect((await decide('1-call-9', { allow: true })).status).toBe(404)
    const eve = await service().newUser('eve')
    expect(
      (await service().as(eve)('POST', `agent/runs/${body.id}/approvals/1-call-1`, { allow: true })).status,
    ).toBe(404)
    expect((await decide('1-call-1', { allow: false, reason: 'not this one' })).status).toBe(204)
    expect((await decide('1-call-1', { allow: true })).status).toBe(409)
    await agents().wanted(body.id, '1-call-2')
    expect((await decide('1-call-2', { allow: true })).status).toBe(204)
    const ended = await agents().over(body.id)
    expect(ended).toMatchObject({ status: 'answered', answer: 4 })
    expect(ended.steps[0]?.observation).toContain('not this one')
    expect((await decide('1-call-2', { allow: true })).status).toBe(409)
    const { items } = (await agents().api()('GET', `audit?resourceId=${body.id}`)).body
    expect(
      items.map((each: { action: string; outcome: string }) => `${each.action} ${each.outcome}`),
    ).toEqual([
      ...['agent-run.approve refused', 'agent-run.approve success', 'agent-run.approve refused'],
      ...['agent-run.approve success', 'agent-run.approve refused', 'agent-run.create success'],
    ])
  })

  test('an approval after the cancel comes too late', async () => {
    agents().endpoint.says(block('double(1)'))
    const { body } = await agents().run(
      { tools: [{ tool: 'double', approve: true }] },
      { prefer: 'respond-async' },
    )
    await agents().wanted(body.id, '1-call-1')
    const cancelled = await agents().api()('POST', `agent/runs/${body.id}/cancel`)
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', answer: null } })
    const late = await agents().api()('POST', `agent/runs/${body.id}/approvals/1-call-1`, { allow: true })
    expect(late).toMatchObject({ status: 409, body: { detail: expect.stringContaining('the run is over') } })
    expect((await agents().api()('POST', `agent/runs/${body.id}/cancel`)).body).toEqual(cancelled.body)
    expect((await agents().api()('DELETE', `agent/runs/${body.id}`)).status).toBe(200)
    expect((await agents().api()('GET', `agent/runs/${body.id}`)).status).toBe(404)
  })

  test('a kept session goes on, is kept, and stays', async () => {
    const { id } = (await agents().api()('POST', 'sessions', {})).body
    expect((await agents().api()('POST', `sessions/${id}/executions`, { code: 'x = 41' })).status).toBe(200)
    agents().endpoint.says(block('x += 1'), block('final_answer(x)'))
    const solved = await agents().run({ sessionId: id })
    expect(solved.body).toMatchObject({ answer: 42, sessionId: id })
    const after = await agents().api()('POST', `sessions/${id}/executions`, { code: 'x' })
    expect(after.body.result.result).toBe(42)
    expect((await agents().api()('GET', `executions?sessionId=${id}`)).body.items).toHaveLength(4)
    expect((await agents().api()('DELETE', `sessions/${id}`)).status).toBe(204)
  })

  test('what a step left that could not be kept is gone for the next one, and the model is told so', async () => {
    const little = await service().newUser('little')
    const quotas = { storageBytes: 3 * 2 ** 20 }
    await service().as(service().admin)('PATCH', `users/${little.id}`, { quotas })
    const as = service().as(little)
    const { id } = (await as('POST', 'sessions', {})).body
    const { open } = service().services.context.sessions
    const evicts: Answer = async (response) => {
      // Somebody else needs its place.
      ;(await open.evict(id))[Symbol.dispose]()
      whole(block('"y" in globals()'))(response)
    }
    agents().endpoint.says(block('import os\ny = os.urandom(4 * 2**20)'), evicts, 'It is gone.')
    const { body } = await as('POST', 'agent/runs', { task: 'x', sessionId: id })
    expect(body).toMatchObject({ status: 'answered', answer: 'It is gone.' })
    const [, , third] = agents().endpoint.asked
    expect(third?.body.messages.at(-1)?.content).toMatch(/False[\s\S]*session: restored \(not-kept\)/)
  })

  test('while the model thinks its session rests where its place is wanted, and Python is as it was', async () => {
    const one = await service().newUser('one-place')
    await service().as(service().admin)('PATCH', `users/${one.id}`, { quotas: { liveSessions: 1 } })
    let answer = () => {}
    agents().endpoint.says(block('x = 41\nopen("f", "w").write("kept")'), (response) => {
      answer = () =>
        response.writeHead(200, EVENTS).end(delta(block('final_answer([x + 1, open("f").read()])')))
    })
    const as = service().as(one)
    const { body } = await as('POST', 'agent/runs', { task: 'x' }, { prefer: 'respond-async' })
    await expect.poll(() => agents().endpoint.asked.length).toBe(2)
    const { id } = (await as('POST', 'sessions', {})).body
    expect((await as('POST', `sessions/${id}/executions`, { code: '1' })).status).toBe(200)
    answer()
    const ended = service().services.context.agentRuns.find(body.id)?.ended
    expect(await ended).toMatchObject({ status: 'answered', result: { answer: [42, 'kept'] } })
    expect((await as('POST', `sessions/${id}/executions`, { code: '2' })).status).toBe(200)
  })

  test('the same key within a day is the same run', async () => {
    agents().endpoint.says('once')
    const first = await agents().run({}, { 'idempotency-key': 'k1' })
    const again = await agents().run({}, { 'idempotency-key': 'k1' })
    expect([again.status, again.body.id]).toEqual([200, first.body.id])
    expect(agents().endpoint.asked).toHaveLength(1)
    expect((await agents().run({ task: 'another' }, { 'idempotency-key': 'k1' })).status).toBe(409)
  })
}
