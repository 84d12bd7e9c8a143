import { asc, eq, getTableColumns } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { models } from '../schema.ts'
import { type Page, type PageRequest, pageOf, toPage } from './page.ts'

/** A model as stored. */
export type ModelRow = typeof models.$inferSelect
/** What is told of a model. */
export type ModelSummary = Omit<ModelRow, 'apiKey'> & { readonly hasApiKey: boolean }
/** What a change may set. */
export type ModelContent = Omit<ModelRow, 'id' | 'createdAt' | 'updatedAt'>

/** More than this no service has; a list of all of them has at most so many. */
const MOST = 1000

/** Adds a model. */
export async function insertModel(db: Database, row: ModelContent & Pick<ModelRow, 'id'>): Promise<ModelRow> {
  const [model] = await db.insert(models).values(row).returning()
  if (model === undefined) throw new TypeError('Cannot insert the model: no row came back')
  return model
}

/** Changes a model; null where there is none. */
export async function updateModel(
  db: Database,
  id: string,
  change: Partial<ModelContent>,
): Promise<ModelRow | null> {
  const [model] = await db
    .update(models)
    .set({ ...change, updatedAt: new Date() })
    .where(eq(models.id, id))
    .returning()
  return model ?? null
}

/** One model, or null. */
export async function findModel(db: Database, id: string): Promise<ModelRow | null> {
  const [model] = await db.select().from(models).where(eq(models.id, id))
  return model ?? null
}

/** All models, in the order of their names. */
export async function allModels(db: Database): Promise<ModelRow[]> {
  return await db.select().from(models).orderBy(asc(models.name)).limit(MOST)
}

const { apiKey: _apiKey, ...summaryColumns } = getTableColumns(models)

/** Models, newest first. */
export async function listModels(db: Database, request: PageRequest): Promise<Page<ModelSummary>> {
  const { where, order, take } = pageOf(models.id, request)
  const columns = { ...summaryColumns, sealed: models.apiKey }
  const rows = await db.select(columns).from(models).where(where).orderBy(order).limit(take)
  return toPage(
    rows.map(({ sealed, ...row }) => ({ ...row, hasApiKey: sealed !== null })),
    request,
  )
}

/** Deletes a model; was there one? */
export async function deleteModel(db: Database, id: string): Promise<boolean> {
  return (await db.delete(models).where(eq(models.id, id)).returning({ id: models.id })).length > 0
}
