import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { answerToEndlessBody, chunkOf, sendRaw } from '../fixtures/raw-request.ts'

const JSON_TYPE = 'Content-Type: application/json'
const CODE = '{"code":"print(1)"}'

/** What bodies are refused: by their encoding, by their form, and while they come. */
export function bodies(service: () => { readonly port: number; readonly authorization: string }): void {
  const auth = () => service().authorization
  const raw = (line: string, headers: readonly string[], body?: string | Uint8Array) =>
    sendRaw(service().port, { line, headers, body })

  test.each<[string, readonly string[], string | Uint8Array, number]>([
    ['an encoding', [JSON_TYPE, 'Content-Encoding: gzip'], gzipSync(CODE), 415],
    ['an encoding of a plain body', [JSON_TYPE, 'Content-Encoding: gzip'], CODE, 415],
    ['no encoding, said aloud', [JSON_TYPE, 'Content-Encoding: identity'], CODE, 200],
    ['UTF-16', [`${JSON_TYPE}; charset=utf-16`], Buffer.from(CODE, 'utf16le'), 415],
    ['UTF-8, said aloud', [`${JSON_TYPE}; charset="UTF-8"`], CODE, 200],
    ['bytes that are no UTF-8', [JSON_TYPE], Buffer.from('{"code":"print(\'\xff\')"}', 'latin1'), 400],
    ['half a character', [JSON_TYPE], Buffer.from('{"code":"#\xe2\x82"}', 'latin1'), 400],
    ['two content types', [JSON_TYPE, 'Content-Type: text/plain'], CODE, 400],
    ['two lengths', [JSON_TYPE, 'Content-Length: 3'], CODE, 400],
    ['two keys of idempotency', [JSON_TYPE, 'Idempotency-Key: a', 'Idempotency-Key: b'], CODE, 400],
    ['an empty key of idempotency', [JSON_TYPE, 'Idempotency-Key:'], CODE, 422],
    ['a key of 201 characters', [JSON_TYPE, `Idempotency-Key: ${'k'.repeat(201)}`], CODE, 422],
    ['a preference that is another one', [JSON_TYPE, 'Prefer: x-respond-async, wait=1'], CODE, 200],
    ['a preference in capitals', [JSON_TYPE, 'Prefer: wait=1, Respond-Async; x=1'], CODE, 202],
  ])('POST /executions with %s', async (_, headers, body, status) => {
    expect((await raw('POST /api/v1/executions', [auth(), ...headers], body)).status).toBe(status)
  })

  test('a request that says that it sends JSON and sends none is answered where none is wanted', async () => {
    expect((await raw('DELETE /api/v1/executions/exe_x/files', [auth(), JSON_TYPE])).status).toBe(404)
    expect((await raw('POST /api/v1/executions', [auth(), JSON_TYPE])).status).toBe(400)
  })

  test('a file of a session is not stored as the encoding of something else', async () => {
    const headers = [auth(), 'Content-Encoding: gzip']
    expect((await raw('PUT /api/v1/sessions/ses_x/files/a', headers, gzipSync('a'))).status).toBe(415)
  })

  test.each<[string, string, string, number, string]>([
    ['in many tiny pieces', 'POST /api/v1/executions', '1\r\n \r\n'.repeat(20_000), 413, 'pieces'],
    [
      'longer than its operation needs',
      'POST /api/v1/sessions',
      chunkOf(' '.repeat(70_000)),
      413,
      '65536 bytes',
    ],
    [
      'longer than any may be',
      'POST /api/v1/executions',
      chunkOf(' '.repeat(1_100_000)),
      413,
      '1048576 bytes',
    ],
    [
      'too deep, and without an end',
      'POST /api/v1/executions',
      chunkOf('['.repeat(50_000)),
      422,
      '100 levels',
    ],
  ])('a body that is %s is refused while it comes', async (_, line, chunks, status, problem) => {
    const answer = await answerToEndlessBody(service().port, {
      line,
      headers: [auth(), JSON_TYPE],
      body: chunks,
    })
    expect(answer).toContain(`HTTP/1.1 ${status}`)
    expect(answer).toContain(problem)
  })
}
