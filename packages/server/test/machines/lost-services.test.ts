import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/db/index.ts'
import { beginDeed } from '../../src/db/queries/audit.ts'
import { joinMember } from '../../src/db/queries/members.ts'
import { findSession, insertSessionOfRun } from '../../src/db/queries/sessions.ts'
import { beginningOf, SERVICE_ITSELF } from '../../src/services/audit/deed-record.ts'
import { DATABASE_STORE, newSessionKey } from '../../src/services/sessions/given-key.ts'
import type { TestService } from '../service/fixtures/service.ts'
import { type Cluster, hasServers, soon, startCluster } from './fixtures/machines.ts'

describe.skipIf(!hasServers)('services that are silent, or start again', () => {
  let cluster: Cluster
  let service: TestService

  beforeAll(async () => {
    cluster = await startCluster()
    service = await cluster.service()
  })
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  test('a connection to PostgreSQL that breaks in a transaction costs that, and nothing else', async () => {
    const { db } = context()
    const broken = db.transaction(async (tx) => {
      const { rows } = (await tx.execute(sql`select pg_backend_pid() as pid`)) as unknown as {
        rows: { pid: number }[]
      }
      await db.execute(sql`select pg_terminate_backend(${rows[0]?.pid}::int)`)
      await sleep(500)
      await tx.execute(sql`select 1`)
    })
    await expect(broken).rejects.toThrow()
    expect((await service.as(service.admin)('GET', 'machines')).status).toBe(200)
  })

  test('a machine that no service answers any more ends when it is told to', async () => {
    const running = await cluster.process('m1', 1)
    await cluster.nats.kill()
    // It has lost its lease, and there is none to be had.
    await sleep(8000)
    running.child.kill('SIGTERM')
    const ended = await Promise.race([running.outcome.then(() => true), sleep(120_000, false)])
    await cluster.nats.start()
    expect(ended).toBe(true)
  })

  const context = () => service.services.context
  const countOf = async (query: ReturnType<typeof sql>) => {
    const { rows } = (await context().db.execute(query)) as unknown as { rows: { n: number }[] }
    return rows[0]?.n
  }

  test('what a slow service does is not said to have no known end; what a dead one did is', async () => {
    const { db, listed } = context()
    const instance = 'srv-slow'
    const { epoch } = await joinMember(db, { name: instance, role: 'service', facts: {} })
    const deed = { action: 'session.create', resourceId: null } as const
    const { begin, open } = beginningOf({ instance, listed }, { who: SERVICE_ITSELF, deed })
    await beginDeed(db, begin)
    const silentFor = async (seconds: number) =>
      await db.execute(sql`update members set seen_at = clock_timestamp() - make_interval(secs => ${seconds})
        where name = ${instance} and epoch = ${epoch}`)
    const isOpen = () => countOf(sql`select count(*)::int as n from audit_open where deed_id = ${open.deed}`)
    await silentFor(20)
    // The others look each second.
    await sleep(4000)
    expect(await isOpen()).toBe(1)
    await silentFor(61)
    await expect.poll(isOpen, soon).toBe(0)
    const members = sql`select count(*)::int as n from members where name = ${instance}`
    await expect.poll(() => countOf(members), soon).toBe(0)
  })

  test('a session of a run of an agent goes when its service starts again under its name, and no other does', async () => {
    const instance = 'srv-again'
    const killed = await cluster.service({ instance })
    const { db, secrets } = killed.services.context
    const { body: kept } = await killed.as(killed.admin)('POST', 'sessions', {})
    const row = await findSession(db, kept.id)
    const hidden = newId('ses')
    await insertSessionOfRun(db, {
      ...{ id: hidden, userId: row?.userId ?? '', apiKeyId: null, agentRunId: 'agt_lost', name: null },
      ...{ state: 'ready', instance, storeId: DATABASE_STORE, sealedFor: row?.userId ?? '' },
      ...{
        sealedKey: newSessionKey(secrets, hidden),
        permissions: { allowNet: [] },
        limits: {},
        redaction: null,
      },
    })
    await cluster.service({ instance })
    const isThere = (id: string) => countOf(sql`select count(*)::int as n from sessions where id = ${id}`)
    expect(await isThere(hidden)).toBe(0)
    expect(await isThere(kept.id)).toBe(1)
  })
})
