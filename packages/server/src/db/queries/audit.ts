import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { firstIdAt } from '../new-id.ts'
import { auditEntries, auditInbox, auditOpen } from '../schema.ts'
import { matching, type Page, type PageRequest, toPage } from './page.ts'

/** The beginning of a deed that has not ended. */
export type OpenDeedRow = typeof auditOpen.$inferSelect

/** An event that is about to be written. */
export type NewAuditEvent = Omit<OpenDeedRow, 'instance'>

/** What a list tells of a deed: its last event, and the place of that in the log; null until it has one. */
export interface DeedRow extends NewAuditEvent {
  readonly id: string
  readonly index: number | null
}

/** Records that a deed begins. */
export async function beginDeed(db: Database, begin: DeedBegin): Promise<void> {
  await db.with(deedOpened(db, begin)).insert(auditInbox).values(begin.event)
}

/** The beginning of a deed, and the service that it is under way in. */
export interface DeedBegin {
  readonly event: NewAuditEvent
  readonly instance: string
}

/** Notes that a deed is under way, in the statement that records its beginning. */
export function deedOpened(db: Database, { event, instance }: DeedBegin) {
  const row = { ...event, instance }
  return db.$with('opened').as(db.insert(auditOpen).values(row).returning({ id: auditOpen.deedId }))
}

/** Records that a deed has ended. The first end counts; false when there was one. */
export async function endDeed(db: Database, event: NewAuditEvent): Promise<boolean> {
  const closed = deedClosed(db, event)
  const rows = await db
    .with(closed)
    .insert(auditInbox)
    .select(endOf(closed, event))
    .returning({ n: auditInbox.n })
  return rows.length > 0
}

/** Notes that a deed is not under way any more, in the statement that records its end. */
export function deedClosed(db: Database, { deedId }: Pick<NewAuditEvent, 'deedId'>, onlyIf?: SQL) {
  const gone = db
    .delete(auditOpen)
    .where(and(eq(auditOpen.deedId, deedId), onlyIf))
    .returning({ id: auditOpen.deedId })
  return db.$with('closed').as(gone)
}

/** The row of an end, where its deed was under way. */
export function endOf(closed: ReturnType<typeof deedClosed>, event: NewAuditEvent): SQL {
  const { phase, time, actorId, action, resourceId, outcome, executionId, leaf } = event
  return sql`select nextval('audit_inbox_n_seq'), ${closed.id}, ${phase}::text,
    ${time.toISOString()}::timestamptz, ${actorId}::text, ${action}::text, ${resourceId}::text,
    ${outcome}::text, ${executionId}::text, ${leaf}::bytea from ${closed}`
}

/** Records events of deeds that are not under way: what is done at once, and what was imported. */
export async function insertEvents(db: Database, events: readonly NewAuditEvent[]): Promise<void> {
  if (events.length > 0) await db.insert(auditInbox).values([...events])
}

/** Some deeds that an instance has under way. */
export async function openDeedsOf(db: Database, instance: string, limit: number): Promise<OpenDeedRow[]> {
  return await db.select().from(auditOpen).where(eq(auditOpen.instance, instance)).limit(limit)
}

/** Which deeds of a list are wanted. */
export interface AuditFilter {
  readonly actorId?: string | undefined
  readonly action?: string | undefined
  readonly resourceId?: string | undefined
  /** `open`: those that are under way. */
  readonly outcome?: 'open' | 'success' | 'error' | 'refused' | 'interrupted' | undefined
  /** From this moment on, until before that one, by when the deed began. */
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  /** Is looked for in the bytes of what is found otherwise. */
  readonly text?: string | undefined
}

/** So many deeds are read for a text at a time; the page ends there. */
const MAX_READ_FOR_TEXT = 1000

/** Deeds, newest first. With a text a page may be short and have a next one all the same: it is looked for in parts. */
export async function listDeeds(
  db: Database,
  { text, ...filter }: AuditFilter,
  request: PageRequest,
): Promise<Page<DeedRow>> {
  const { limit } = request
  if (text === undefined) return toPage(await deedsOf(db, filter, { ...request, limit: limit + 1 }), request)
  const read = await deedsOf(db, filter, { ...request, limit: MAX_READ_FOR_TEXT })
  const found = read.filter(({ leaf }) => leaf.includes(text))
  const page = toPage(found, request)
  if (page.next !== null || read.length < MAX_READ_FOR_TEXT) return page
  return { items: page.items, next: read.at(-1)?.id ?? null }
}

async function deedsOf(
  db: Database,
  filter: Omit<AuditFilter, 'text'>,
  { limit, before }: PageRequest,
): Promise<DeedRow[]> {
  const { outcome, since, until, ...ids } = filter
  const of = ({ deedId, actorId, action, resourceId }: EventTable) =>
    and(
      ...matching({ actorId, action, resourceId }, ids),
      ...(before === undefined ? [] : [lt(deedId, before)]),
      ...(since === undefined ? [] : [gte(deedId, firstIdAt('aud', since))]),
      ...(until === undefined ? [] : [lt(deedId, firstIdAt('aud', until))]),
    )
  const endsIn = (table: typeof auditEntries | typeof auditInbox) =>
    and(of(table), sql`phase <> 'begin'`, ...matching({ outcome: table.outcome }, { outcome }))
  const [isOpen, isOver] = [outcome === undefined || outcome === 'open', outcome !== 'open']
  // In the order in which a deed goes through them, so that none is missed on its way.
  const open = isOpen
    ? await db.select().from(auditOpen).where(of(auditOpen)).orderBy(desc(auditOpen.deedId)).limit(limit)
    : []
  const fresh = isOver
    ? await db
        .select()
        .from(auditInbox)
        .where(endsIn(auditInbox))
        .orderBy(desc(auditInbox.deedId))
        .limit(limit)
    : []
  const kept = isOver
    ? await db
        .select()
        .from(auditEntries)
        .where(endsIn(auditEntries))
        .orderBy(desc(auditEntries.deedId))
        .limit(limit)
    : []
  const found = new Map<string, DeedRow>()
  for (const row of [...open, ...fresh, ...kept])
    found.set(row.deedId, { index: null, ...row, id: row.deedId })
  return [...found.values()].sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, limit)
}

type EventTable = typeof auditEntries | typeof auditInbox | typeof auditOpen
