import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { otlpTracer } from '../../src/tracing/otlp-tracer.ts'
import type { Tracer } from '../../src/tracing/tracer.ts'
import { startTestService, type TestService } from './fixtures/service.ts'

/** A span as OTLP writes it in JSON. */
interface Received {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
  readonly status: { readonly code?: number; readonly message?: string }
}

const received: Received[] = []
let isDown = false
const collector = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    response.writeHead(isDown ? 400 : 200, { 'content-type': 'application/json' }).end('{}')
    if (isDown) return
    const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString()) as {
      resourceSpans: { scopeSpans: { spans: Received[] }[] }[]
    }
    received.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)))
  })
})

const folder = mkdtempSync(join(tmpdir(), 'acs-tracing-'))
const losses: string[] = []
let tracer: Tracer
let service: TestService

beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`
  const lost = (reason: Error) => losses.push(reason.message)
  tracer = otlpTracer({ url, headers: {}, ratio: 1, version: '0.0.0', lost })
  service = await startTestService({ folder }, { tracer, filesFolder: join(folder, 'files') })
})
afterAll(async () => {
  await service.services.close(0)
  collector.closeAllConnections()
  collector.close()
  rmSync(folder, { recursive: true, force: true })
})

const TRACE = '0af7651916cd43dd8448eb211c80319c'

/** The spans of a trace, once there are these. */
async function spansOf(traceId: string, names: readonly string[]): Promise<Received[]> {
  return await expect
    .poll(() => received.filter((span) => span.traceId === traceId), { timeout: 20_000 })
    .toSatisfy((spans: Received[]) => names.every((name) => spans.some((span) => span.name === name)))
    .then(() => received.filter((span) => span.traceId === traceId))
}

const attribute = (span: Received | undefined, key: string) =>
  Object.values(span?.attributes.find((each) => each.key === key)?.value ?? {})[0]

test('a request is traced from the caller over permission, queue and start to the run, without a word of its code', async () => {
  const ada = await service.newUser('traced')
  const call = service.as(ada)
  const traceparent = `00-${TRACE}-b7ad6b7169203331-01`
  const code = 'secret_word = 1\nraise ValueError("private text")'
  const { body } = await call('POST', 'executions', { code }, { traceparent })
  const names = ['POST /api/v1/executions', 'permission', 'execution', 'execution.start', 'execution.run']
  const spans = await spansOf(TRACE, names)
  const named = (name: string) => spans.find((span) => span.name === name)
  const [request, execution] = [named('POST /api/v1/executions'), named('execution')]
  expect(request?.parentSpanId).toBe('b7ad6b7169203331')
  expect(attribute(request, 'http.response.status_code')).toBe(200)
  expect([named('permission'), execution].map((span) => span?.parentSpanId)).toEqual([
    request?.spanId,
    request?.spanId,
  ])
  expect(named('execution.run')?.parentSpanId).toBe(execution?.spanId)
  expect(attribute(execution, 'agentchat.execution.id')).toBe(body.id)
  expect(execution?.status).toEqual({ code: 2, message: 'exception' })
  expect(JSON.stringify(spans)).not.toMatch(/secret_word|private text|traced@/)
})

test('a stored tool is a span under its name', async () => {
  const call = service.as(await service.newUser('tools'))
  const parameters = { type: 'object', properties: {}, additionalProperties: false }
  const definition = { code: 'def answer():\n    return 6 * 7', entry: 'answer' }
  const tool = { name: 'answer', description: 'Gives it', kind: 'python', parameters, definition }
  const made = await call('POST', 'tools', tool)
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  const traceId = TRACE.replaceAll('0', '1')
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` }
  expect((await call('POST', `tools/${made.body.id}/execute`, { arguments: {} }, headers)).status).toBe(200)
  const spans = await spansOf(traceId, ['execute_tool answer'])
  expect(
    attribute(
      spans.find(({ name }) => name === 'execute_tool answer'),
      'agentchat.tool.id',
    ),
  ).toBe(made.body.id)
})

test.each([
  ['that is none', '00-zz-b7ad6b7169203331-01'],
  ['of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['that is long', `00-${TRACE}-b7ad6b7169203331-01-${'x'.repeat(5000)}`],
])('a header %s begins a trace of its own', async (_, traceparent) => {
  const of = () => received.filter(({ name }) => name === 'GET /api/openapi.json')
  const before = of().length
  expect((await service.send('GET', '/api/openapi.json', { headers: { traceparent } })).status).toBe(200)
  await expect.poll(() => of().length, { timeout: 20_000 }).toBe(before + 1)
  const { parentSpanId = '', traceId } = of().at(-1) ?? {}
  expect([parentSpanId, traceId === TRACE]).toEqual(['', false])
})

test('a caller that does not want its trace recorded is not recorded', async () => {
  const traceId = TRACE.replaceAll('a', 'b')
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-00` }
  expect((await service.send('GET', '/healthz', { headers })).status).toBe(200)
  // What comes after it has been sent: by then this one would have been.
  const later = traceId.replaceAll('b', 'c')
  await service.send('GET', '/healthz', { headers: { traceparent: `00-${later}-b7ad6b7169203331-01` } })
  await spansOf(later, ['GET /healthz'])
  expect(received.filter((span) => span.traceId === traceId)).toEqual([])
})

test('a line of the log can tell where it is, and a collector that takes nothing is told of and harms nothing', async () => {
  const ids = await tracer.within({ name: 'outer' }, () => Promise.resolve(tracer.current()))
  expect(ids).toEqual({ traceId: expect.stringMatching(/^[\da-f]{32}$/), spanId: expect.any(String) })
  expect(tracer.current()).toBeNull()
  isDown = true
  try {
    expect((await service.send('GET', '/healthz')).status).toBe(200)
    await expect.poll(() => losses, { timeout: 20_000 }).toHaveLength(1)
    await tracer.within({ name: 'again' }, () => Promise.resolve())
  } finally {
    isDown = false
  }
})
