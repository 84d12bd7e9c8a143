import { afterAll, beforeAll, expect, test } from 'vitest'
import { delta, ScriptedEndpoint } from '../../../agent/test/fixtures/scripted-endpoint.ts'
import { describeService, type Somebody } from './fixtures/service.ts'
import { type AgentEvent, eventsOf } from './fixtures/sse.ts'

const EVENTS = { 'Content-Type': 'text/event-stream' }
const block = (code: string) => `I will compute it.\n\`\`\`python\n${code}\n\`\`\``

describeService('runs of agents', (service) => {
  let endpoint: ScriptedEndpoint
  let ada: Somebody
  const api = () => service().as(ada)
  const run = (body: object, headers = {}) =>
    api()('POST', 'agent/runs', { task: 'What is it?', ...body }, headers)

  let model: string
  const admin = () => service().as(service().admin)

  beforeAll(async () => {
    endpoint = await ScriptedEndpoint.start()
    ada = await service().newUser('ada')
    const made = await admin()('POST', 'models', {
      ...{ name: 'scripted', baseUrl: endpoint.baseUrl, model: 'scripted-1', apiKey: 'sk-scripted' },
      parameters: { temperature: 0 },
    })
    model = made.body.id
    const code = 'def double(n: int) -> int:\n    if n < 0: raise ValueError("negative")\n    return 2 * n'
    const definition = { code, entry: 'double' }
    expect((await api()('POST', 'tools', { name: 'double', kind: 'python', definition })).status).toBe(201)
  })
  afterAll(() => endpoint[Symbol.asyncDispose]())

  test('without a model the answer says what to set up', async () => {
    await admin()('PATCH', `models/${model}`, { enabled: false })
    const refused = await run({})
    expect(refused).toMatchObject({ status: 409, body: { code: 'no-model' } })
    expect(refused.body.detail).toMatch(/POST \/api\/v1\/models, .*AGENTCHAT_MODEL_BASE_URL/)
    await admin()('PATCH', `models/${model}`, { enabled: true })
  })

  test('a task is solved in a session of its own; each step is an execution, and all of it is recorded', async () => {
    endpoint.says(block('x = 20\nprint("so far", x)'), block('final_answer({"n": x + 22})'))
    const solved = await run({ files: [{ path: 'note.txt', text: 'hello' }] })
    expect(solved).toMatchObject({
      status: 200,
      body: { status: 'answered', answer: { n: 42 }, problem: null },
    })
    const { steps, id } = solved.body
    expect(steps).toMatchObject([
      { step: 1, code: 'x = 20\nprint("so far", x)', observation: expect.stringContaining('so far 20') },
      { step: 2, text: block('final_answer({"n": x + 22})'), whole: true },
    ])
    expect(endpoint.asked[0]?.headers.authorization).toBe('Bearer sk-scripted')
    expect(endpoint.asked[0]?.body).toMatchObject({ model: 'scripted-1', temperature: 0 })
    expect(JSON.stringify(endpoint.asked[0]?.body.messages)).toContain('note.txt (5 bytes)')
    const first = await api()('GET', `executions/${steps[0]?.executionId}`)
    expect(first.body).toMatchObject({ status: 'success', result: { stdout: 'so far 20\n' } })
    expect((await api()('GET', `executions/${steps[1]?.executionId}`)).body.status).toBe('success')
    expect((await api()('GET', `agent/runs/${id}`)).body).toEqual(solved.body)
    const { items } = (await api()('GET', 'agent/runs?status=answered')).body
    expect(items[0]).toMatchObject({ id, steps: 2, answer: { n: 42 } })
    const audit = (await api()('GET', `audit?resourceId=${id}`)).body.items
    expect(audit).toMatchObject([
      { action: 'agent-run.create', outcome: 'success', detail: { model: 'scripted' } },
    ])
    expect((await api()('GET', 'audit?action=execution.create')).body.items[0]?.detail.agentRunId).toBe(id)
    expect(service().services.context.sessions.open.size).toBe(0)
  })

  test('its events come as they happen, and a reader goes on where it was', async () => {
    endpoint.says(block('print("one")\nopen("f.txt", "w").write("1")'), 'It is 1.')
    const headers = { authorization: `Bearer ${ada.apiKey}`, accept: 'text/event-stream' }
    const answer = await service().send('POST', 'agent/runs', { body: { task: 'x' }, headers })
    const events = eventsOf(await answer.text())
    const types = [...new Set(events.map(({ event }) => event.type))]
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
    const text = events.map(({ event }) => (event.type === 'thought' && event.step === 2 ? event.text : ''))
    expect(text.join('')).toBe('It is 1.')
    expect(events.at(-1)?.event).toMatchObject({ status: 'answered', answer: 'It is 1.', steps: 2 })
    const path = `${answer.headers.get('location')?.replace('/api/v1/', '')}/events`
    const after = (id: string | undefined) =>
      service().send('GET', path, { headers: { ...headers, 'last-event-id': id ?? '' } })
    const at = events.findIndex(({ event }) => event.type === 'code')
    const rest = eventsOf(await (await after(events[at]?.id)).text())
    expect(rest).toEqual(events.slice(at + 1))
  })

  test('stored tools are functions of the code; each call is one as over HTTP', async () => {
    endpoint.says(
      block('a = double(20)\ntry:\n    double(-1)\nexcept ToolError as error:\n    print(error)\na'),
      block('final_answer([a, double(9007199254740993)])'),
    )
    const solved = await run({ tools: ['double'] })
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
    expect(JSON.stringify(endpoint.asked[0]?.body.messages[0])).toContain('double(n: int)')
    const { items } = (await api()('GET', 'audit?action=tool.execute')).body
    expect(items).toHaveLength(3)
    const executions = (await api()('GET', `executions?toolId=${items[0]?.resourceId}`)).body.items
    expect(executions.map((each: { status: string }) => each.status).sort()).toEqual([
      'error',
      'success',
      'success',
    ])
  })

  test('a call waits for its approval, and is refused or made as somebody decides', async () => {
    endpoint.says(
      block('try:\n    print(double(1))\nexcept ToolError as error:\n    print(error)\nx = double(2)'),
      block('final_answer(x)'),
    )
    const { body } = await run({ tools: [{ tool: 'double', approve: true }] }, { prefer: 'respond-async' })
    const decide = (call: string, decision: object) =>
      api()('POST', `agent/runs/${body.id}/approvals/${call}`, decision)
    const refused = await wanted(body.id, '1-call-1')
    expect(refused).toMatchObject({ name: 'double', arguments: { n: 1 }, step: 1 })
    expect((await decide('1-call-9', { allow: true })).status).toBe(404)
    const eve = await service().newUser('eve')
    expect(
      (await service().as(eve)('POST', `agent/runs/${body.id}/approvals/1-call-1`, { allow: true })).status,
    ).toBe(404)
    expect((await decide('1-call-1', { allow: false, reason: 'not this one' })).status).toBe(204)
    expect((await decide('1-call-1', { allow: true })).status).toBe(409)
    await wanted(body.id, '1-call-2')
    expect((await decide('1-call-2', { allow: true })).status).toBe(204)
    const ended = await over(body.id)
    expect(ended).toMatchObject({ status: 'answered', answer: 4 })
    expect(ended.steps[0]?.observation).toContain('not this one')
    expect((await decide('1-call-2', { allow: true })).status).toBe(409)
    const { items } = (await api()('GET', `audit?resourceId=${body.id}`)).body
    expect(
      items.map((each: { action: string; outcome: string }) => `${each.action} ${each.outcome}`),
    ).toEqual([
      ...['agent-run.approve refused', 'agent-run.approve success', 'agent-run.approve refused'],
      ...['agent-run.approve success', 'agent-run.approve refused', 'agent-run.create success'],
    ])
  })

  test('an approval after the cancel comes too late', async () => {
    endpoint.says(block('double(1)'))
    const { body } = await run({ tools: [{ tool: 'double', approve: true }] }, { prefer: 'respond-async' })
    await wanted(body.id, '1-call-1')
    const cancelled = await api()('DELETE', `agent/runs/${body.id}`)
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', answer: null } })
    const late = await api()('POST', `agent/runs/${body.id}/approvals/1-call-1`, { allow: true })
    expect(late).toMatchObject({ status: 409, body: { detail: expect.stringContaining('the run is over') } })
    expect((await api()('DELETE', `agent/runs/${body.id}`)).status).toBe(200)
    expect((await api()('GET', `agent/runs/${body.id}`)).status).toBe(404)
  })

  test('a kept session goes on, is kept, and stays', async () => {
    const { id } = (await api()('POST', 'sessions', {})).body
    expect((await api()('POST', `sessions/${id}/executions`, { code: 'x = 41' })).status).toBe(200)
    endpoint.says(block('x += 1'), block('final_answer(x)'))
    const solved = await run({ sessionId: id })
    expect(solved.body).toMatchObject({ answer: 42, sessionId: id })
    const after = await api()('POST', `sessions/${id}/executions`, { code: 'x' })
    expect(after.body.result.result).toBe(42)
    expect((await api()('GET', `executions?sessionId=${id}`)).body.items).toHaveLength(4)
    expect((await api()('DELETE', `sessions/${id}`)).status).toBe(204)
  })

  test('while the model thinks its session rests where its place is wanted, and Python is as it was', async () => {
    const one = await service().newUser('one-place')
    await service().as(service().admin)('PATCH', `users/${one.id}`, { quotas: { liveSessions: 1 } })
    let answer = () => {}
    endpoint.says(block('x = 41\nopen("f", "w").write("kept")'), (response) => {
      answer = () =>
        response.writeHead(200, EVENTS).end(delta(block('final_answer([x + 1, open("f").read()])')))
    })
    const as = service().as(one)
    const { body } = await as('POST', 'agent/runs', { task: 'x' }, { prefer: 'respond-async' })
    await expect.poll(() => endpoint.asked.length).toBe(2)
    const { id } = (await as('POST', 'sessions', {})).body
    expect((await as('POST', `sessions/${id}/executions`, { code: '1' })).status).toBe(200)
    answer()
    const ended = service().services.context.agentRuns.find(body.id)?.ended
    expect(await ended).toMatchObject({ status: 'answered', result: { answer: [42, 'kept'] } })
    expect((await as('POST', `sessions/${id}/executions`, { code: '2' })).status).toBe(200)
  })

  test('the same key within a day is the same run', async () => {
    endpoint.says('once')
    const first = await run({}, { 'idempotency-key': 'k1' })
    const again = await run({}, { 'idempotency-key': 'k1' })
    expect([again.status, again.body.id]).toEqual([200, first.body.id])
    expect(endpoint.asked).toHaveLength(1)
    expect((await run({ task: 'another' }, { 'idempotency-key': 'k1' })).status).toBe(409)
  })

  test('what is asked for in vain is told before anything begins', async () => {
    const eve = await service().newUser('foreign')
    const foreign = (await service().as(eve)('POST', 'sessions', {})).body.id
    const problemsOf = async (body: object) => (await run(body)).body.problems
    expect(await problemsOf({ limits: { maxSteps: 0 } })).toMatchObject([{ path: 'limits.maxSteps' }])
    expect(await problemsOf({ limits: { maxSteps: 21 } })).toEqual([
      { path: 'limits.maxSteps', problem: 'at most 20 here, got 21' },
    ])
    expect(await problemsOf({ tools: ['double', 'nothing'] })).toEqual([
      { path: 'tools.1', problem: 'there is no tool "nothing" that you may execute' },
    ])
    expect(await problemsOf({ model: 'other' })).toEqual([
      { path: 'model', problem: 'must be one of: scripted' },
    ])
    expect(await problemsOf({ task: '' })).toMatchObject([{ path: 'task' }])
    expect((await run({ sessionId: foreign })).status).toBe(404)
    expect((await run({ sessionId: 'ses_none' })).status).toBe(404)
    expect((await api()('GET', 'agent/runs/agt_none')).status).toBe(404)
    const { items } = (await api()('GET', 'agent/runs')).body
    expect((await service().as(eve)('GET', `agent/runs/${items[0]?.id}`)).status).toBe(404)
    expect((await service().as(eve)('DELETE', `agent/runs/${items[0]?.id}`)).status).toBe(404)
    expect((await service().as(eve)('GET', 'agent/runs')).body.items).toEqual([])
    const reader = await service().keyOf(ada, ['tools:read'])
    expect((await service().as(reader)('POST', 'agent/runs', { task: 'x' })).status).toBe(403)
  })

  test('a model that fails is never an answer, and its key is in no error', async () => {
    endpoint.says((response) =>
      response.writeHead(429, { 'Retry-After': '0' }).end('key sk-scripted is over its limit'),
    )
    const busy = (await run({})).body
    expect(busy).toMatchObject({ status: 'model-failed', answer: null })
    expect(busy.problem).toContain('429: key [the key] is over its limit')
    expect(busy.steps[0]?.failure.kind).toBe('failed')
    expect(JSON.stringify(busy)).not.toContain('sk-scripted')
    endpoint.says((response) => {
      response.writeHead(200, EVENTS).write(delta('The answer'))
      setTimeout(() => response.destroy(), 50)
    })
    const broken = (await run({})).body
    expect(broken).toMatchObject({ status: 'model-failed', answer: null, steps: [{ text: 'The answer' }] })
    endpoint.says((response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end())
    expect((await run({})).body).toMatchObject({
      ...{ status: 'model-failed', problem: expect.stringContaining('a redirect, which is not followed') },
    })
  })

  test.each([
    ['http://10.0.0.1/v1', /its address is not allowed here/],
    ['http://169.254.169.254/latest', /its address is not allowed here/],
    ['http://localhost.localdomain:1/v1', /its address is not allowed here/],
  ])('an address that is not public is not reached: %s', async (baseUrl, problem) => {
    const admin = service().as(service().admin)
    const model = { name: 'inside', baseUrl, model: 'x', users: [ada.id] }
    const { id } = (await admin('POST', 'models', model)).body
    const failed = (await run({ model: 'inside' })).body
    expect(failed.status).toBe('model-failed')
    expect(failed.problem).toMatch(problem)
    expect(failed.problem).not.toContain(new URL(baseUrl).hostname)
    await admin('DELETE', `models/${id}`)
  })

  test('a step that is too large is recorded in part, and says so; the end is there all the same', async () => {
    endpoint.says(block(`text = "${'x'.repeat(200_000)}"\nlen(text)`), 'two hundred thousand')
    const { body } = await run({})
    expect(body).toMatchObject({ status: 'answered', steps: [{ whole: false, calls: [] }, { whole: true }] })
    expect(body.steps[0]?.code.length).toBeLessThan(2000)
    const full = await service().newUser('full')
    await service().as(service().admin)('PATCH', `users/${full.id}`, { quotas: { storageBytes: 4000 } })
    endpoint.says(`${'y'.repeat(3000)}\n${block('1')}`, 'z'.repeat(3000))
    const ended = (await service().as(full)('POST', 'agent/runs', { task: 'x' })).body
    expect(ended).toMatchObject({ status: 'answered', answer: 'z'.repeat(3000) })
    expect(ended.steps.map(({ whole }: { whole: boolean }) => whole)).toContain(false)
    const refused = await service().as(full)('POST', 'agent/runs', { task: 'x' })
    expect(refused).toMatchObject({ status: 429, body: { quota: 'storage-bytes' } })
    expect((await service().as(full)('DELETE', `agent/runs/${ended.id}`)).status).toBe(200)
  })

  test('what a run may take ends it, with what is known so far', async () => {
    endpoint.says(block('print("some")'))
    const steps = (await run({ limits: { maxSteps: 2 } })).body
    expect(steps).toMatchObject({
      status: 'max-steps',
      answer: null,
      steps: [{}, { observation: expect.any(String) }],
    })
    endpoint.says(block('print("on")\nwhile True: pass'))
    const seconds = (await run({ limits: { maxSeconds: 2 } })).body
    expect(seconds).toMatchObject({
      status: 'max-seconds',
      steps: [{ code: 'print("on")\nwhile True: pass' }],
    })
    endpoint.says(block('while True: pass'), 'given up')
    const step = (await run({ limits: { stepSeconds: 1 } })).body
    expect(step).toMatchObject({ status: 'answered', answer: 'given up' })
    expect(step.steps[0]?.observation).toContain('timeout')
    expect((await api()('GET', `executions/${seconds.steps[0]?.executionId}`)).body.status).toBe('cancelled')
  })

  test('runs of a user at a time are bounded, and what is over makes room', async () => {
    const few = await service().newUser('few')
    await service().as(service().admin)('PATCH', `users/${few.id}`, { quotas: { agentRuns: 1 } })
    endpoint.says(() => {})
    const start = () => service().as(few)('POST', 'agent/runs', { task: 'x' }, { prefer: 'respond-async' })
    const first = await start()
    expect(await start()).toMatchObject({ status: 429, body: { quota: 'agent-runs' } })
    expect((await service().as(few)('DELETE', `agent/runs/${first.body.id}`)).body.status).toBe('cancelled')
    const next = await start()
    expect(next.status).toBe(202)
    await service().as(few)('DELETE', `agent/runs/${next.body.id}`)
  })

  test.each(['while the model thinks', 'while its code runs'])(
    'a user who is disabled: the run ends within a second, %s',
    async (when) => {
      const user = await service().newUser(`disabled-${when.length}`)
      endpoint.says(when === 'while its code runs' ? block('print("on")\nwhile True: pass') : () => {})
      const { body } = await service().as(user)(
        'POST',
        'agent/runs',
        { task: 'x' },
        { prefer: 'respond-async' },
      )
      await expect.poll(() => endpoint.asked.length).toBe(1)
      const live = service().services.context.agentRuns.find(body.id)
      if (when === 'while its code runs') await expect.poll(() => live?.size ?? 0).toBeGreaterThan(1100)
      const began = performance.now()
      await service().as(service().admin)('PATCH', `users/${user.id}`, { disabled: true })
      expect((await live?.ended)?.status).toBe('cancelled')
      // A second, and what a busy machine takes; by itself it would go on for minutes.
      expect(performance.now() - began).toBeLessThan(10_000)
    },
  )

  async function over(id: string) {
    const body = async () => (await api()('GET', `agent/runs/${id}`)).body
    await expect.poll(async () => (await body()).status).not.toBe('running')
    return await body()
  }

  /** The event by which a call asks for its approval, once it is there. */
  async function wanted(id: string, call: string): Promise<AgentEvent> {
    const live = service().services.context.agentRuns.find(id)
    for await (const { event } of live?.follow(0) ?? [])
      if (event.type === 'approval-wanted' && event.call === call) return event
    throw new Error(`the call ${call} asked for nothing`)
  }
})
