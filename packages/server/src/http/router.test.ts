import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { AppEnv } from './environment.ts'
import { unchanging } from './router.ts'

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
