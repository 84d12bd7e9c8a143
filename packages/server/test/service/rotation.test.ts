import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findModel } from '../../src/db/queries/models.ts'
import { findTool } from '../../src/db/queries/tools.ts'
import { silentLogger } from '../../src/logger.ts'
import type { Actor } from '../../src/services/actor.ts'
import { createServices, type Services } from '../../src/services/create-services.ts'
import { addModel } from '../../src/services/models/models.ts'
import { authOf } from '../../src/services/tools/tool-auth.ts'
import { createTool } from '../../src/services/tools/tools.ts'
import { AUDIT_KEY } from './fixtures/service.ts'

const folder = mkdtempSync(join(tmpdir(), 'acs-rotation-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]

function open(secretKey: Uint8Array, previousSecretKey?: Uint8Array): Promise<Services> {
  return createServices({
    ...{ database: { folder }, logger: silentLogger, instance: 'test', publicUrl: 'http://service.test' },
    auditKey: AUDIT_KEY,
    ...{ secretKey, previousSecretKey, sandbox: { pool: { min: 0 } }, filesFolder: join(folder, 'files') },
    sessions: { folder: join(folder, 'sessions'), maxLive: 1, idleSeconds: 1, maxBytes: 2 ** 26 },
    policy: {
      ...{ maxTimeoutSeconds: 10, maxMemoryMb: 256, allowNet: [], redaction: 'known', modelsAllowNet: [] },
      keepFilesHours: 1,
      ...{ keepExecutionsDays: 1, keepAuditDays: 1 },
      quotas: {
        ...{ concurrent: 1, perMinute: 1, cpuSecondsPerDay: 1, storageBytes: 2 ** 20, sessions: 1 },
        ...{
          liveSessions: 1,
          readers: 1,
          tools: 1,
          toolVersions: 1,
          apiKeys: 1,
          agentRuns: 1,
          agentTokensPerDay: 1e9,
        },
      },
      totalStorageBytes: 2 ** 30,
    },
  })
}

test('a start with the key before seals every secret anew, and doing it twice changes nothing', async () => {
  const actor: Actor = {
    ...{ userId: 'usr_1', role: 'user', scopes: 'all', apiKeyId: null, requestId: 'test', source: null },
    quotas: { user: null, key: null },
  }
  const auth = { type: 'bearer', token: 'geheim' } as const
  const document = {
    ...{ openapi: '3.1.0', info: { title: 'T', version: '1' }, servers: [{ url: 'https://example.com' }] },
    paths: { '/a': { get: { responses: { 200: { description: 'ok' } } } } },
  }
  let id = ''
  {
    await using services = await open(old)
    const made = await createTool(services.context, actor, {
      name: 'a',
      kind: 'openapi',
      definition: { document },
      auth,
    })
    id = made.id
    await addModel(services.context, 'mdl_1', {
      name: 'm',
      baseUrl: 'https://example.com',
      model: 'm',
      apiKey: 'sk',
    })
  }
  await expect(open(fresh)).rejects.toThrow(/sessions in .* were sealed with another key/)
  for (const previous of [old, old, undefined]) {
    await using services = await open(fresh, previous)
    const row = await findTool(services.context.db, id)
    expect(authOf(services.context, row ?? { id, auth: null })).toEqual(auth)
    const model = await findModel(services.context.db, 'mdl_1')
    expect(services.context.secrets.open(model?.apiKey ?? '', 'mdl_1')).toBe('sk')
  }
})
