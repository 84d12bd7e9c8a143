import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { newSignerText } from '../src/services/audit/tlog/signed-note.ts'
import { type Running, scratchFolder, start } from './fixtures/command.ts'
import { postgresBinaries, startPrivatePostgres } from './service/fixtures/private-postgres.ts'

/** The whole proof is 200 clients and 10,000 requests. */
const CLIENTS = Number(process.env.AGENTCHAT_TEST_QUOTA_CLIENTS ?? 12)
const REQUESTS = Number(process.env.AGENTCHAT_TEST_QUOTA_REQUESTS ?? 300)
const KILLS = Math.max(2, Math.ceil(REQUESTS / 1000))
const LIMIT = 8
const PASSWORD = 'a password of the admin'
const { folder } = scratchFolder()
const binaries = postgresBinaries()

/** Notes how many run at each admission: the row of the holder is locked then, so that it is none but those that are seen. */
const WITNESS = `
  create table witness (running integer);
  create function witness() returns trigger language plpgsql as $$ begin
    insert into witness select count(*) from executions where finished_at is null; return null;
  end $$;
  create trigger witness after insert on executions for each row execute function witness()`

interface Service {
  running: Running
  url: string
}

test.skipIf(binaries === null)(
  `two services of one database never run ${LIMIT + 1} of a user, whichever is killed, and count exactly`,
  async () => {
    using postgres = startPrivatePostgres(binaries ?? '')
    const databaseUrl = postgres.newDatabase()
    const env = {
      ...{ AGENTCHAT_ADMIN_PASSWORD: PASSWORD, DATABASE_URL: databaseUrl, AGENTCHAT_LOG_LEVEL: 'warn' },
      ...{ AGENTCHAT_POOL_MIN: '0', AGENTCHAT_POOL_MAX: '1', AGENTCHAT_QUOTA_PER_MINUTE: '1000000' },
      ...{ AGENTCHAT_QUOTA_CONCURRENT: String(LIMIT), AGENTCHAT_MAX_CONNECTIONS_PER_ADDRESS: '1000' },
      AGENTCHAT_AUDIT_KEY: newSignerText('agentchat-sandbox/test'),
      AGENTCHAT_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    }
    const serve = async (name: string): Promise<Service> => {
      const running = start(['serve', '--port', '0', '--data-dir', join(folder, name)], { env })
      let stdout = ''
      running.child.stdout?.on('data', (text: string) => {
        stdout += text
      })
      await running.printed('listens on')
      return { running, url: /listens on (\S+)/.exec(stdout)?.[1] ?? '' }
    }
    const services = [await serve('one'), await serve('two')]
    const database = new pg.Pool({ connectionString: databaseUrl, max: 2 })
    const numberIn = async (query: string) => Number((await database.query(query)).rows[0]?.n)
    try {
      await database.query(WITNESS)
      const authorization = await keyOf(services[0]?.url ?? '')
      const statuses = new Map<number, number>()
      let sent = 0
      const client = async (first: number) => {
        for (let n = first; sent < REQUESTS; n += 1) {
          sent += 1
          const status = await run(services[n % 2]?.url ?? '', authorization)
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
          if (status !== 200) await sleep(20)
        }
      }
      const killer = async () => {
        for (let n = 0; n < KILLS; n += 1) {
          while (sent < (REQUESTS * (n + 0.5)) / KILLS) await sleep(20)
          const victim = services[n % 2]
          victim?.running.child.kill('SIGKILL')
          await victim?.running.outcome
          Object.assign(victim ?? {}, await serve(n % 2 === 0 ? 'one' : 'two'))
        }
      }
      await Promise.all([killer(), ...Array.from({ length: CLIENTS }, (_, first) => client(first))])

      await expect.poll(() => numberIn('select count(*) n from executions where finished_at is null')).toBe(0)
      expect(await numberIn('select max(running) n from witness')).toBe(LIMIT)
      const answer = await fetch(`${services[0]?.url}/api/v1/quotas/recount`, {
        method: 'POST',
        headers: { authorization },
      })
      expect(await answer.json()).toEqual({ drift: [] })
      expect(await numberIn('select sum(running) n from quota_usage')).toBe(0)
      expect(await numberIn(`select count(*) n from audit_entries where action = 'quotas.mend'`)).toBe(0)
      expect(
        await numberIn(`select count(*) n from executions where status = 'interrupted'`),
      ).toBeGreaterThan(0)
      expect([...statuses.keys()].sort()).toEqual(expect.arrayContaining([200, 429]))
      expect([...statuses.keys()].filter((status) => ![0, 200, 429, 503].includes(status))).toEqual([])
    } finally {
      await database.end()
      for (const { running } of services) {
        running.child.kill('SIGTERM')
        await running.outcome
      }
    }
  },
  REQUESTS > 300 ? REQUESTS * 500 : undefined,
)

/** A key of the administrator. */
async function keyOf(url: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ email: 'admin@localhost.local', password: PASSWORD })
  const signedIn = await fetch(`${url}/api/v1/auth/sign-in`, { method: 'POST', headers, body })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((text) => text.split(';', 1)[0])
    .join('; ')
  const made = await fetch(`${url}/api/v1/api-keys`, {
    ...{ method: 'POST', headers: { ...headers, cookie } },
    body: JSON.stringify({ name: 'test', scopes: ['execute', 'admin'] }),
  })
  return `Bearer ${((await made.json()) as { key: string }).key}`
}

/** What an execution was answered with; 0 where the service was killed meanwhile, or is not there. */
async function run(url: string, authorization: string): Promise<number> {
  try {
    const headers = { authorization, 'content-type': 'application/json' }
    const body = JSON.stringify({ code: '1' })
    const answer = await fetch(`${url}/api/v1/executions`, { method: 'POST', headers, body })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return 0
  }
}
