import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SandboxOptions } from 'agentchat-sandbox'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { App } from '../../src/http/api-routes.ts'
import { createApp } from '../../src/http/app.ts'
import { type Client, createClient } from '../../src/http/client.ts'
import { Metrics } from '../../src/http/metrics.ts'
import { silentLogger } from '../../src/logger.ts'
import { createServices, type Services } from '../../src/services/create-services.ts'
import type { Policy } from '../../src/services/policy.ts'
import type { SessionsOptions } from '../../src/services/sessions/session-service.ts'
import type { OpenIdProvider } from '../../src/services/users/open-id-provider.ts'
import { ensureAdministrator } from '../../src/services/users/users.ts'
import type { AnswerBody } from './answer-body.ts'
import { type PrivatePostgres, postgresBinaries, startPrivatePostgres } from './private-postgres.ts'

const PUBLIC_URL = 'http://service.test'
export const ADMIN = { email: 'admin@example.com', password: 'a password of the admin' }
export const SCOPES = ['execute', 'tools:read', 'tools:write', 'audit:read', 'admin'] as const

const POLICY: Policy = {
  maxTimeoutSeconds: 20,
  maxMemoryMb: 256,
  allowNet: ['127.0.0.1'],
  modelsAllowNet: ['127.0.0.1'],
  keepFilesHours: 1,
  keepExecutionsDays: 30,
  keepAuditDays: 60,
  quotas: {
    ...{ concurrent: 8, perMinute: 1000, cpuSecondsPerDay: 3600, storageBytes: 2 ** 20, sessions: 50 },
    ...{ liveSessions: 8, readers: 16, tools: 50, toolVersions: 20, apiKeys: 50, agentRuns: 8 },
  },
  totalStorageBytes: 2 ** 30,
}

const SESSIONS: SessionsOptions = { folder: '', maxLive: 4, idleSeconds: 300, maxBytes: 2 ** 26 }

/** How a service is started. */
export interface TestServiceOptions {
  readonly policy?: Partial<Omit<Policy, 'quotas'>> & { readonly quotas?: Partial<Policy['quotas']> }
  readonly sandbox?: SandboxOptions
  readonly sessions?: Partial<SessionsOptions>
  readonly instance?: string
}

/** A running service, without a port. */
export interface TestService {
  readonly app: App
  readonly services: Services
  /** Where files of executions are kept. */
  readonly filesFolder: string
  /** Sends a request; what is answered must match the description of the service. */
  send(method: string, path: string, options?: SendOptions): Promise<SentAnswer>
  /** The same as somebody, and reads the answer. */
  as(
    who: Somebody,
  ): (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  client(who: Somebody): Client
  /** A user with a key of all scopes. */
  newUser(name: string, role?: 'admin' | 'user'): Promise<Somebody>
  /** A key of somebody with these scopes. */
  keyOf(who: Somebody, scopes: readonly string[]): Promise<Somebody>
  readonly admin: Somebody
}

export interface SendOptions {
  readonly body?: unknown
  /** A body that is no JSON, in place of the other one. */
  readonly bytes?: Uint8Array | string
  readonly headers?: Record<string, string>
}

/** Who asks. */
export interface Somebody {
  readonly id: string
  readonly apiKey: string
}

/** An answer whose body has not been read. */
export interface SentAnswer extends Response {
  json(): Promise<AnswerBody>
}

export interface Answer {
  readonly status: number
  /** What JSON it holds; of anything else its text, which only `toBe` and the like may look at. */
  readonly body: AnswerBody
  readonly headers: Headers
}

const binaries = postgresBinaries()
if (binaries === null) console.warn('PostgreSQL is not installed: only the embedded database is tested')

/** Which database a service keeps its data in. */
type DatabaseKind = 'embedded' | 'PostgreSQL'

/** Runs the same tests on the embedded database and on a real PostgreSQL. */
export function describeService(
  name: string,
  tests: (service: () => TestService, postgres: () => PrivatePostgres | null, kind: DatabaseKind) => void,
  options: TestServiceOptions = {},
): void {
  const kinds: DatabaseKind[] = binaries === null ? ['embedded'] : ['embedded', 'PostgreSQL']
  for (const kind of kinds) {
    describe(`${name} (${kind})`, () => {
      let service: TestService | null = null
      let postgres: PrivatePostgres | null = null
      let folder = ''
      beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), 'acs-service-'))
        if (kind === 'PostgreSQL') postgres = startPrivatePostgres(binaries ?? '')
        const database = postgres === null ? { folder } : { url: postgres.newDatabase() }
        service = await startTestService(database, { ...options, filesFolder: join(folder, 'files') })
      })
      afterAll(async () => {
        await service?.services.close(0)
        postgres?.[Symbol.dispose]()
        rmSync(folder, { recursive: true, force: true })
      })
      tests(
        () => service ?? missing(),
        () => postgres,
        kind,
      )
    })
  }
}

function missing(): never {
  throw new Error('the service did not start')
}

export async function startTestService(
  database: { readonly folder: string } | { readonly url: string },
  {
    policy = {},
    sandbox = {},
    sessions = {},
    instance = 'test',
    filesFolder,
    openId,
  }: TestServiceOptions & { readonly filesFolder: string; readonly openId?: OpenIdProvider },
): Promise<TestService> {
  const services = await createServices({
    ...{ database, logger: silentLogger, instance, publicUrl: PUBLIC_URL },
    ...{ secretKey: Buffer.alloc(32, 7), filesFolder, openId, webhookPauseMs: 5 },
    sessions: { ...SESSIONS, folder: join(filesFolder, '..', 'sessions'), ...sessions },
    policy: { ...POLICY, ...policy, quotas: { ...POLICY.quotas, ...policy.quotas } },
    sandbox: { pool: { min: 0, max: 2 }, ...sandbox },
  })
  const { context } = services
  await ensureAdministrator(context, ADMIN)
  const app = createApp({
    ...{ services: context, logger: silentLogger, metrics: new Metrics(), version: '0.0.0' },
    ...{ publicUrl: PUBLIC_URL, corsOrigins: [], maxRequestBytes: 2 ** 20 },
  })
  const check = await checkOf(app)
  const send = async (method: string, path: string, { body, bytes, headers = {} }: SendOptions = {}) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await app.request(path.startsWith('/') ? path : `/api/v1/${path}`, {
      method,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(bytes === undefined ? {} : { body: Buffer.from(bytes) }),
    })
    await check(method, path.startsWith('/') ? path : `/api/v1/${path}`, answer)
    return answer as SentAnswer
  }
  const as =
    (who: Somebody) =>
    async (method: string, path: string, body?: unknown, headers = {}) => {
      const authorization = `Bearer ${who.apiKey}`
      return await read(await send(method, path, { body, headers: { authorization, ...headers } }))
    }
  const signIn = async (credentials: { email: string; password: string }) => {
    const answer = await send('POST', 'auth/sign-in', { body: credentials })
    return { user: await answer.json(), cookie: cookieOf(answer) }
  }
  const keyFor = async (id: string, cookie: string, scopes: readonly string[]) => {
    const answer = await send('POST', 'api-keys', { body: { name: 'test', scopes }, headers: { cookie } })
    expect(answer.status).toBe(201)
    return { id, apiKey: (await answer.json()).key }
  }
  const { user, cookie } = await signIn(ADMIN)
  const admin = await keyFor(user.id, cookie, SCOPES)
  const users = new Map<string, number>()
  return {
    ...{ app, services, filesFolder, send, as, admin },
    client: ({ apiKey }) =>
      createClient(PUBLIC_URL, {
        apiKey,
        fetch: async (input, init) => await app.request(input as string, init),
      }),
    async newUser(name, role = 'user') {
      // A test that is tried again finds the user of its first try: the next one has an address of its own.
      const tries = (users.get(name) ?? 0) + 1
      users.set(name, tries)
      const email = `${name}${tries > 1 ? `+${tries}` : ''}@example.com`
      const credentials = { email, password: 'a password of somebody' }
      const made = await as(admin)('POST', 'users', { ...credentials, name, role })
      expect(made.status).toBe(201)
      return await keyFor(made.body.id, (await signIn(credentials)).cookie, SCOPES)
    },
    async keyOf(who, scopes) {
      const { status, body } = await as(who)('POST', 'api-keys', { name: 'test', scopes })
      expect(status).toBe(201)
      return { id: who.id, apiKey: body.key }
    },
  }
}

/** The cookies that an answer sets, as a browser sends them back. */
export function cookieOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((text) => text.split(';', 1)[0])
    .join('; ')
}

async function read(answer: Response): Promise<Answer> {
  const text = await answer.text()
  const isJson = /json/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, body: isJson ? JSON.parse(text) : text, headers: answer.headers }
}

/** Of the description of the service what is looked at here. */
interface ApiDocument {
  readonly paths: Record<string, Record<string, { readonly responses: object }>>
}

/** Checks an answer against the description of the service: the operation, the status and the form must be in it. */
async function checkOf(app: App) {
  const document = (await (await app.request('/api/openapi.json')).json()) as ApiDocument
  const ajv = new Ajv2020({ strict: false, validateFormats: false, schemas: [{ ...document, $id: 'doc' }] })
  const paths = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
  }))
  const validators = new Map<string, ValidateFunction>()
  return async (method: string, target: string, answer: Response) => {
    const { path } = paths.find(({ pattern }) => pattern.test(target.split('?', 1)[0] ?? '')) ?? {}
    if (path === undefined) return
    const operation = document.paths[path]?.[method.toLowerCase()]
    if (operation === undefined) return
    expect(Object.keys(operation.responses), `${method} ${path}`).toContain(String(answer.status))
    const type = (answer.headers.get('content-type') ?? '').split(';', 1)[0] ?? ''
    if (!/json/.test(type)) return
    const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
    const pointer = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      String(answer.status),
      'content',
      type,
      'schema',
    ]
    const $ref = `doc#/${pointer.map(escaped).join('/')}`
    const validate = validators.get($ref) ?? ajv.compile({ $ref })
    validators.set($ref, validate)
    validate(await answer.clone().json())
    expect(validate.errors ?? [], `${method} ${path} ${answer.status}`).toEqual([])
  }
}
