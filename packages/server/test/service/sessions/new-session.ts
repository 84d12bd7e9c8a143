import { expect } from 'vitest'
import type { Somebody, TestService } from '../fixtures/service.ts'

/** Requests of somebody about one new session. */
export async function newSession(service: TestService, who: Somebody, body: object = {}) {
  const request = service.as(who)
  const made = await request('POST', 'sessions', body)
  expect(made.status).toBe(201)
  const { id } = made.body
  const path = `sessions/${id}`
  const run = (code: string, headers: Record<string, string> = {}, more: object = {}) =>
    request('POST', `${path}/executions`, { code, ...more }, headers)
  const file = (method: string, name: string, bytes?: Uint8Array | string, headers = {}) =>
    service.send(method, `${path}/files/${name}`, {
      headers: { authorization: `Bearer ${who.apiKey}`, ...headers },
      ...(bytes === undefined ? {} : { bytes }),
    })
  return { id, path, made, request, run, file }
}
