import { expect, test } from 'vitest'
import { delta } from '../../../../agent/test/fixtures/scripted-endpoint.ts'
import { agentTokensSince } from '../../../src/db/queries/usage.ts'
import type { TestService } from '../fixtures/service.ts'
import { block, type ScriptedAgents } from './scripted-agents.ts'

const EVENTS = { 'Content-Type': 'text/event-stream' }

/** What refuses a run, and what ends one. */
export function endsOfRuns(service: () => TestService, agents: () => ScriptedAgents): void {
  test('without a model the answer says what to set up', async () => {
    await agents().admin()('PATCH', `models/${agents().model}`, { enabled: false })
    const refused = await agents().run({})
    expect(refused).toMatchObject({ status: 409, body: { code: 'no-model' } })
    expect(refused.body.detail).toMatch(/POST \/api\/v1\/models, .*AGENTCHAT_MODEL_BASE_URL/)
    await agents().admin()('PATCH', `models/${agents().model}`, { enabled: true })
  })

  test('what is asked for in vain is told before anything begins', async () => {
    const eve = await service().newUser('foreign')
    const foreign = (await service().as(eve)('POST', 'sessions', {})).body.id
    const problemsOf = async (body: object) => (await agents().run(body)).body.problems
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
    expect((await agents().run({ sessionId: foreign })).status).toBe(404)
    expect((await agents().run({ sessionId: 'ses_none' })).status).toBe(404)
    expect((await agents().api()('GET', 'agent/runs/agt_none')).status).toBe(404)
    const { items } = (await agents().api()('GET', 'agent/runs')).body
    expect((await service().as(eve)('GET', `agent/runs/${items[0]?.id}`)).status).toBe(404)
    expect((await service().as(eve)('DELETE', `agent/runs/${items[0]?.id}`)).status).toBe(404)
    expect((await service().as(eve)('GET', 'agent/runs')).body.items).toEqual([])
    const reader = await service().keyOf(agents().ada, ['tools:read'])
    expect((await service().as(reader)('POST', 'agent/runs', { task: 'x' })).status).toBe(403)
  })

  test('a model that fails is never an answer, and its key is in no error', async () => {
    agents().endpoint.says((response) =>
      response.writeHead(429, { 'Retry-After': '0' }).end('key sk-scripted is over its limit'),
    )
    const busy = (await agents().run({})).body
    expect(busy).toMatchObject({ status: 'model-failed', answer: null })
    expect(busy.problem).toContain('429: key [the key] is over its limit')
    expect(busy.steps[0]?.failure.kind).toBe('failed')
    expect(JSON.stringify(busy)).not.toContain('sk-scripted')
    agents().endpoint.says((response) => {
      response.writeHead(200, EVENTS).write(delta('The answer'))
      setTimeout(() => response.destroy(), 50)
    })
    const broken = (await agents().run({})).body
    expect(broken).toMatchObject({ status: 'model-failed', answer: null, steps: [{ text: 'The answer' }] })
    agents().endpoint.says((response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end())
    expect((await agents().run({})).body).toMatchObject({
      ...{ status: 'model-failed', problem: expect.stringContaining('a redirect, which is not followed') },
    })
  })

  test.each([
    ['http://10.0.0.1/v1', /its address is not allowed here/],
    ['http://169.254.169.254/latest', /its address is not allowed here/],
    ['http://localhost.localdomain:1/v1', /its address is not allowed here/],
  ])('an address that is not public is not reached: %s', async (baseUrl, problem) => {
    const admin = service().as(service().admin)
    const model = { name: 'inside', baseUrl, model: 'x', users: [agents().ada.id] }
    const { id } = (await admin('POST', 'models', model)).body
    const failed = (await agents().run({ model: 'inside' })).body
    expect(failed.status).toBe('model-failed')
    expect(failed.problem).toMatch(problem)
    expect(failed.problem).not.toContain(new URL(baseUrl).hostname)
    await admin('DELETE', `models/${id}`)
  })

  test('a step that is too large is recorded in part, and says so; the end is there all the same', async () => {
    agents().endpoint.says(block(`text = "${'x'.repeat(200_000)}"\nlen(text)`), 'two hundred thousand')
    const { body } = await agents().run({})
    expect(body).toMatchObject({ status: 'answered', steps: [{ whole: false, calls: [] }, { whole: true }] })
    expect(body.steps[0]?.code.length).toBeLessThan(2000)
    const full = await service().newUser('full')
    await service().as(service().admin)('PATCH', `users/${full.id}`, { quotas: { storageBytes: 4000 } })
    agents().endpoint.says(`${'y'.repeat(3000)}\n${block('1')}`, 'z'.repeat(3000))
    const ended = (await service().as(full)('POST', 'agent/runs', { task: 'x' })).body
    expect(ended).toMatchObject({ status: 'answered', answer: 'z'.repeat(3000) })
    expect(ended.steps.map(({ whole }: { whole: boolean }) => whole)).toContain(false)
    const refused = await service().as(full)('POST', 'agent/runs', { task: 'x' })
    expect(refused).toMatchObject({ status: 429, body: { quota: 'storage-bytes' } })
    expect((await service().as(full)('DELETE', `agent/runs/${ended.id}`)).status).toBe(200)
  })

  test('what a run may take ends it, with what is known so far', async () => {
    agents().endpoint.says(block('print("some")'))
    const steps = (await agents().run({ limits: { maxSteps: 2 } })).body
    expect(steps).toMatchObject({
      status: 'max-steps',
      answer: null,
      steps: [{}, { observation: expect.any(String) }],
    })
    agents().endpoint.says(block('print("on")\nwhile True: pass'))
    const seconds = (await agents().run({ limits: { maxSeconds: 2 } })).body
    expect(seconds).toMatchObject({
      status: 'max-seconds',
      steps: [{ code: 'print("on")\nwhile True: pass' }],
    })
    agents().endpoint.says(block('while True: pass'), 'given up')
    const step = (await agents().run({ limits: { stepSeconds: 1 } })).body
    expect(step).toMatchObject({ status: 'answered', answer: 'given up' })
    expect(step.steps[0]?.observation).toContain('timeout')
    expect((await agents().api()('GET', `executions/${seconds.steps[0]?.executionId}`)).body.status).toBe(
      'cancelled',
    )
  })

  test('tokens of the day are a quota: a run has at most what is left, and then none begins', async () => {
    const thrifty = await service().newUser('thrifty')
    const quotas = { agentTokensPerDay: 40 }
    await agents().admin()('PATCH', `users/${thrifty.id}`, { quotas })
    agents().endpoint.says(...Array.from({ length: 9 }, (_, n) => block(`print("step ${n} of some more")`)))
    const ask = () => service().as(thrifty)('POST', 'agent/runs', { task: 'Go on and on' })
    expect(await ask()).toMatchObject({ status: 200, body: { status: 'max-tokens' } })
    expect(await ask()).toMatchObject({
      status: 429,
      body: { code: 'quota-exceeded', quota: 'agent-tokens-per-day', quotaOf: 'user' },
    })
    // What another process would read from the records.
    const { db } = service().services.context
    const owner = { kind: 'user', id: thrifty.id } as const
    expect(await agentTokensSince(db, owner, new Date(Date.now() - 60_000))).toBeGreaterThan(40)
    expect(await agentTokensSince(db, owner, new Date(Date.now() + 60_000))).toBe(0)
  })

  test('runs of a user at a time are bounded, and what is over makes room', async () => {
    const few = await service().newUser('few')
    await service().as(service().admin)('PATCH', `users/${few.id}`, { quotas: { agentRuns: 1 } })
    agents().endpoint.says(() => {})
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
      agents().endpoint.says(
        when === 'while its code runs' ? block('print("on")\nwhile True: pass') : () => {},
      )
      const { body } = await service().as(user)(
        'POST',
        'agent/runs',
        { task: 'x' },
        { prefer: 'respond-async' },
      )
      await expect.poll(() => agents().endpoint.asked.length).toBe(1)
      const live = service().services.context.agentRuns.find(body.id)
      if (when === 'while its code runs') await expect.poll(() => live?.size ?? 0).toBeGreaterThan(1100)
      const began = performance.now()
      await service().as(service().admin)('PATCH', `users/${user.id}`, { disabled: true })
      expect((await live?.ended)?.status).toBe('cancelled')
      // A second, and what a busy machine takes; by itself it would go on for minutes.
      expect(performance.now() - began).toBeLessThan(10_000)
    },
  )
}
