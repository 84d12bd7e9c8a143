import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createApp } from '../../src/http/app.ts'
import { silentLogger } from '../../src/logger.ts'
import type { ServiceContext } from '../../src/services/context.ts'
import { Metrics } from '../../src/services/metrics/metrics.ts'
import { silentTracer } from '../../src/tracing/tracer.ts'

const mediaSchema = z.record(z.string(), z.looseObject({ schema: z.looseObject({}), example: z.unknown() }))
const operationSchema = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z
    .array(z.looseObject({ name: z.string(), schema: z.looseObject({}), example: z.unknown() }))
    .default([]),
  requestBody: z.looseObject({ content: mediaSchema }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: mediaSchema.optional() })),
})
const documentSchema = z.looseObject({
  info: z.looseObject({ license: z.object({ name: z.string(), identifier: z.string() }) }),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
})

/** The description needs no database. */
async function describedService() {
  const app = createApp({
    ...{ logger: silentLogger, version: '0.0.0', publicUrl: 'http://service.test' },
    ...{ services: { metrics: new Metrics(), tracer: silentTracer } as ServiceContext },
    ...{ corsOrigins: [], maxRequestBytes: 1000 },
  })
  return documentSchema.parse(await (await app.request('/api/openapi.json')).json())
}

test('every operation has an example of everything that goes in and comes out, and each fits its schema', async () => {
  const document = await describedService()
  const ajv = new Ajv2020({ strict: false, validateFormats: false, schemas: [{ ...document, $id: 'doc' }] })
  const validators = new Map<string, ValidateFunction>()
  let checked = 0
  const check = (place: string, schema: object, example: unknown) => {
    expect(example, place).toBeDefined()
    // References are those of the document.
    const text = JSON.stringify(schema).replaceAll('"#/', '"doc#/')
    const validate = validators.get(text) ?? ajv.compile(JSON.parse(text))
    validators.set(text, validate)
    validate(example)
    expect(validate.errors ?? [], place).toEqual([])
    checked += 1
  }
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, { parameters, requestBody, responses }] of Object.entries(item)) {
      const place = `${method} ${path}`
      for (const { name, schema, example } of parameters) check(`${place} ${name}`, schema, example)
      for (const [type, { schema, example }] of Object.entries(requestBody?.content ?? {}))
        check(`${place} ${type}`, schema, example)
      for (const [status, { content = {} }] of Object.entries(responses))
        for (const [type, { schema, example }] of Object.entries(content))
          check(`${place} ${status} ${type}`, schema, example)
    }
  expect(checked).toBeGreaterThan(300)
})

/** The rules of public linters (redocly, spectral) for which their whole trees are not needed. */
test('the description keeps the rules of public linters', async () => {
  const { info, paths } = await describedService()
  expect(info.license).toEqual({ name: 'MIT', identifier: 'MIT' })
  const operations = Object.values(paths).flatMap((item) => Object.values(item))
  const ids = operations.map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(ids.length)
  const open = operations
    .filter(({ security }) => security.length === 0)
    .map(({ operationId }) => operationId)
  expect(open.sort()).toEqual(['beginOpenId', 'finishOpenId', 'healthz', 'readFrame', 'readyz', 'signIn'])
  const withoutRefusal = operations.filter(
    ({ responses }) => !Object.keys(responses).some((status) => status.startsWith('4')),
  )
  expect(withoutRefusal.map(({ operationId }) => operationId).sort()).toEqual(['healthz', 'readyz'])
})
