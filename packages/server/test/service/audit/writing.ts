import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/db/index.ts'
import { beginDeed, insertEvents } from '../../../src/db/queries/audit.ts'
import { auditHeadOf } from '../../../src/db/queries/audit-log.ts'
import { auditImports, auditOpen } from '../../../src/db/schema.ts'
import { silentLogger } from '../../../src/logger.ts'
import { MAX_LEAF_BYTES, readLeaf } from '../../../src/services/audit/audit-event.ts'
import { AuditLog } from '../../../src/services/audit/audit-log.ts'
import { beginningOf, doneAtOnce, SERVICE_ITSELF } from '../../../src/services/audit/deed-record.ts'
import { importOldAudit } from '../../../src/services/audit/import-old.ts'
import { auditKeyOf } from '../../../src/services/audit/log-key.ts'
import { newSignerText } from '../../../src/services/audit/tlog/signed-note.ts'
import { recover } from '../../../src/services/maintenance.ts'
import { migrationsUpTo } from '../fixtures/migrations.ts'
import type { PrivatePostgres } from '../fixtures/private-postgres.ts'
import { AUDIT_KEY, type DatabaseKind, type TestService } from '../fixtures/service.ts'
import { DEED, eventsOf, heads, verified } from './log-of-service.ts'

/** How the log is written: after a kill, by two services, from an older version. */
export function writingTheLog(
  service: () => TestService,
  postgres: () => PrivatePostgres | null,
  kind: DatabaseKind,
): void {
  const context = () => service().services.context

  test('what was under way when the service was killed is abandoned, once', async () => {
    const { begin, open } = beginningOf(context(), { who: SERVICE_ITSELF, deed: DEED })
    await beginDeed(context().db, begin)
    const { fileStore } = context()
    const file = { size: 2, stream: () => Readable.from(['hi']) }
    await fileStore.keep('exe_0nobodyknowsthisone', new Map([[0, file]]))
    await recover(context())
    await recover(context())
    await context().auditLog.flush()
    expect(await fileStore.list()).toEqual({ kept: [], drafts: [] })
    expect((await eventsOf(context(), open.deed)).map(({ phase, outcome }) => [phase, outcome])).toEqual([
      ['begin', null],
      ['abandoned', 'interrupted'],
    ])
    expect(await context().db.select().from(auditOpen)).toEqual([])
    // And it is told what was left, once.
    const { items } = (await service().as(service().admin)('GET', 'audit?action=service.recover')).body
    const ended = { executions: 0, agentRuns: 0, batches: 0, deeds: 1 }
    expect(items.map(({ detail }) => detail)).toEqual([
      { ended, removed: { filesOfExecutions: 1, sessions: 0 } },
    ])
  })

  test('an execution that cannot be recorded does not run', async () => {
    const { as, admin } = service()
    const { db, runs } = context()
    await db.execute(sql`alter table audit_inbox rename to audit_gone`)
    try {
      expect((await as(admin)('POST', 'executions', { code: '1' })).status).toBe(500)
      expect(runs.active).toBe(0)
    } finally {
      await db.execute(sql`alter table audit_gone rename to audit_inbox`)
    }
    expect((await as(admin)('GET', 'executions?status=running')).body.items).toEqual([])
    expect((await as(admin)('POST', 'executions', { code: '1' })).body.result.result).toBe(1)
  })

  test('a deed with a long detail is recorded without it', async () => {
    const deed = { ...DEED, detail: { long: 'x'.repeat(MAX_LEAF_BYTES) } }
    const [begin] = doneAtOnce(context(), { who: SERVICE_ITSELF, deed })
    expect(begin?.leaf.length).toBeLessThan(1000)
    expect(readLeaf(begin?.leaf ?? expect.unreachable()).detail.cutBytes).toBeGreaterThan(MAX_LEAF_BYTES)
  })

  test('two who sequence at once make one log; another key signs nothing of it', async () => {
    const { db, disk } = context()
    const options = { db, disk, logger: silentLogger, signer: AUDIT_KEY }
    const other = await AuditLog.open({ ...options, heads: heads() })
    const before = (await auditHeadOf(db)).size
    const write = async () => {
      for (let n = 0; n < 20; n += 1) {
        const events = Array.from({ length: 20 }, () =>
          doneAtOnce(context(), { who: SERVICE_ITSELF, deed: DEED }),
        )
        await insertEvents(db, events.flat())
        await Promise.all([other.flush(), context().auditLog.flush()])
      }
    }
    await Promise.all([write(), write()])
    await other.close()
    const report = await verified(context())
    expect(report).toMatchObject({ ok: true, problems: [], waiting: 0 })
    expect(report.size).toBeGreaterThanOrEqual(before + 1600)
    const stranger = auditKeyOf(newSignerText('agentchat-sandbox/test'))
    await expect(AuditLog.open({ ...options, signer: stranger, heads: heads() })).rejects.toThrow(
      'every service on a database needs the same one',
    )
  })

  test('nothing is signed on top of a tree that was changed, or cut back', async () => {
    const { db, auditLog } = context()
    await insertEvents(db, doneAtOnce(context(), { who: SERVICE_ITSELF, deed: DEED }))
    await auditLog.flush()
    const open = async () => await AuditLog.open({ ...context(), signer: AUDIT_KEY, heads: heads() })
    await db.execute(sql`update audit_head set size = size - 1`)
    try {
      const other = await open()
      await insertEvents(db, doneAtOnce(context(), { who: SERVICE_ITSELF, deed: DEED }))
      await expect(other.flush()).rejects.toThrow('Cannot go on with the')
      await expect(auditLog.flush()).rejects.toThrow('and had')
      await other.close()
    } finally {
      await db.execute(sql`update audit_head set size = size + 1`)
    }
    expect(await verified(context())).toMatchObject({ ok: true, waiting: 0 })
  })

  test('entries of a version without a log are taken over, all of them, as what they are', async () => {
    const { db } = context()
    const row = { actorId: 'usr_old', apiKeyId: null, requestId: 'r', action: 'tool.create', instance: 'old' }
    const rows = [
      { id: 'aud_1', outcome: 'success' as const, resourceId: 'tool_1', detail: { executionId: 'exe_old' } },
      { id: 'aud_2', outcome: 'open' as const, resourceId: null, detail: {} },
      { id: 'aud_3', outcome: 'refused' as const, resourceId: null, detail: { error: 'forbidden' } },
    ]
    const at = new Date('2026-01-02T03:04:05.678Z')
    const server = kind === 'PostgreSQL' ? postgres() : null
    if (server === null) {
      await db
        .insert(auditImports)
        .values(rows.map((each) => ({ ...row, ...each, createdAt: at, closedAt: at })))
      expect(await importOldAudit(context())).toBe(3)
    } else {
      using before = migrationsUpTo('0006_agents')
      const url = server.newDatabase()
      const pool = new pg.Pool({ connectionString: url, max: 1 })
      await migrate(drizzle(pool), { migrationsFolder: before.folder })
      for (const { id, outcome, resourceId, detail } of rows)
        await pool.query(
          `insert into audit_entries (id, actor_id, request_id, action, instance, outcome, resource_id, detail, created_at, closed_at)
           values ($1, 'usr_old', 'r', 'tool.create', 'old', $2, $3, $4, $5, $5)`,
          [id, outcome, resourceId, JSON.stringify(detail), at],
        )
      await pool.end()
      await using database = await openDatabase({ url })
      const auditLog = await AuditLog.open({
        ...context(),
        db: database.db,
        signer: AUDIT_KEY,
        heads: heads(),
      })
      const upgraded = { ...context(), db: database.db, auditLog }
      expect(await importOldAudit(upgraded)).toBe(3)
      expect(await verified(upgraded)).toMatchObject({ ok: true, size: 6 })
      await auditLog.close()
      expect(await eventsOf(upgraded, 'aud_1')).toHaveLength(2)
      return
    }
    expect(await verified(context())).toMatchObject({ ok: true })
    const both = { actor: 'usr_old', imported: true, begun: at.toISOString(), source: null }
    expect(await eventsOf(context(), 'aud_1')).toMatchObject([
      { ...both, phase: 'begin', resource: 'tool_1', execution: 'exe_old' },
      { ...both, phase: 'end', outcome: 'success', time: at.toISOString() },
    ])
    const ends = [await eventsOf(context(), 'aud_2'), await eventsOf(context(), 'aud_3')].map(
      ([, end]) => end,
    )
    expect(ends.map((end) => [end?.phase, end?.outcome])).toEqual([
      ['abandoned', 'interrupted'],
      ['end', 'refused'],
    ])
    expect(await db.select().from(auditImports)).toEqual([])
  })
}
