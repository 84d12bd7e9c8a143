import { createRoute, z } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { AppEnv } from './environment.ts'
import { createRouter, jsonBody, unchanging } from './router.ts'

test('unchanging() writes an answer once, however often it is asked for', async () => {
  let written = 0
  const app = new Hono<AppEnv>()
  const write = () => {
    written += 1
    return '{"grüße":1}'
  }
  app.get('/', unchanging({ 'Content-Type': 'application/json' }, write))
  const answers = await Promise.all(Array.from({ length: 20 }, () => app.request('/')))
  for (const answer of answers) {
    expect(await answer.json()).toEqual({ grüße: 1 })
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
  }
  expect(written).toBe(1)
})

test('createRouter() tells what is wrong in few words, however many and long the names that are sent', async () => {
  const app = createRouter()
  const body = jsonBody(z.strictObject({ globals: z.record(z.string(), z.number()).optional() }))
  const route = createRoute({
    method: 'post',
    path: '/',
    request: { body },
    responses: { 200: { description: 'ok' } },
  })
  app.openapi(route, (c) => c.body(null))
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`name${index}`, 1]))
  for (const sent of [many, { ['x'.repeat(500_000)]: 1 }, { globals: { ['y'.repeat(500_000)]: 'z' } }]) {
    const answer = await app.request('/', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(sent),
    })
    expect(answer.status).toBe(422)
    const text = await answer.text()
    expect(text.length).toBeLessThan(5000)
    expect(JSON.parse(text)).toMatchObject({
      code: 'invalid-request',
      problems: [{ problem: expect.any(String) }],
    })
  }
})
