import type { JsonValue } from 'agentchat-sandbox'
import { databaseFailure, newId } from '../../db/index.ts'
import {
  allModels,
  deleteModel,
  findModel,
  insertModel,
  listModels,
  type ModelContent,
  type ModelRow,
  updateModel,
} from '../../db/queries/models.ts'
import type { Page, PageRequest } from '../../db/queries/page.ts'
import { type Actor, demand } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { ConflictError, InvalidRequestError, NotFoundError } from '../errors.ts'
import { type Action, decide, type Ownership } from '../permission-check.ts'
import { DEFAULT_LIMITS, type Model, type ModelLimits, modelOf } from './model-content.ts'

/** What an administrator may set of a model. */
export interface ModelChange {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly baseUrl?: string | undefined
  readonly model?: string | undefined
  /** Null for none; left out, that of before. */
  readonly apiKey?: string | null | undefined
  readonly parameters?: Readonly<Record<string, JsonValue>> | undefined
  readonly takesImages?: boolean | undefined
  readonly limits?: { readonly [name in keyof ModelLimits]?: ModelLimits[name] | undefined } | undefined
  readonly users?: readonly string[] | null | undefined
  readonly enabled?: boolean | undefined
}

/** A model that is to be set up. */
export type NewModel = ModelChange & {
  readonly name: string
  readonly baseUrl: string
  readonly model: string
}

/** Sets a model up. For administrators. @throws ConflictError when there is one of that name */
export async function createModel(context: ServiceContext, actor: Actor, model: NewModel): Promise<Model> {
  const deed: Deed = { action: 'model.create', resourceId: null, detail: { name: model.name } }
  return await audited(context, { who: actor, deed }, async () => {
    demand(actor, 'create', { resource: 'model', id: '', ownership: 'system' })
    return modelOf(await addModel(context, newId('mdl'), model))
  })
}

/** Writes a model, with its key sealed for it alone. */
export async function addModel(context: ServiceContext, id: string, model: NewModel): Promise<ModelRow> {
  const { apiKey = null, limits = {}, users = null, parameters = {} } = model
  const { description = '', takesImages = false, enabled = true } = model
  const { name, baseUrl, model: called } = model
  const content: ModelContent = {
    ...{ name, description, baseUrl, model: called, parameters, takesImages, users, enabled },
    apiKey: apiKey === null ? null : context.secrets.seal(apiKey, id),
    limits: withLimits(DEFAULT_LIMITS, limits),
  }
  return await unique(name, () => insertModel(context.db, { ...content, id }))
}

/** The models that the actor may use; an administrator is told of all. */
export async function queryModels(
  { db }: ServiceContext,
  actor: Actor,
  page: PageRequest,
): Promise<Page<Model>> {
  demand(actor, 'read', { resource: 'model', id: '', ownership: 'system' })
  if (administers(actor)) {
    const { items, next } = await listModels(db, page)
    return { items: items.map(modelOf), next }
  }
  // Who may use one is not asked of the database: there are few of them.
  const usable = (await allModels(db)).filter((row) => ownershipOfModel(actor, row) === 'system')
  const rows = usable.sort((one, other) => (one.id < other.id ? 1 : -1))
  const later = rows.filter(({ id }) => page.before === undefined || id < page.before)
  const items = later.slice(0, page.limit)
  return { items: items.map(modelOf), next: later.length > items.length ? (items.at(-1)?.id ?? null) : null }
}

/** One model that the actor may use. */
export async function readModel(context: ServiceContext, actor: Actor, id: string): Promise<Model> {
  return modelOf(await demandModel(context, actor, { id, action: 'read' }))
}

/** Is the actor to be told where models are? */
export function administers(actor: Actor): boolean {
  return decide(actor, 'update', 'model', 'system').allowed
}

/** Changes a model. For administrators. The key stays with the origin that it is for. */
export async function changeModel(
  context: ServiceContext,
  actor: Actor,
  { id, change }: { readonly id: string; readonly change: ModelChange },
): Promise<Model> {
  const fields = Object.keys(change)
  const endsRight = change.enabled === false && fields.length === 1
  const deed: Deed = { action: 'model.update', resourceId: id, detail: { fields }, endsRight }
  return await audited(context, { who: actor, deed }, async () => {
    const row = await demandModel(context, actor, { id, action: 'update' })
    const { apiKey, limits, ...rest } = change
    if (apiKey === undefined && row.apiKey !== null && leavesOrigin(row, change))
      throw new InvalidRequestError([
        {
          path: 'apiKey',
          problem: 'must be given with another address: the one that is kept is for the old one',
        },
      ])
    const set = {
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
      ...(apiKey === undefined ? {} : { apiKey: apiKey === null ? null : context.secrets.seal(apiKey, id) }),
      ...(limits === undefined ? {} : { limits: withLimits(modelOf(row).limits, limits) }),
    }
    const changed = await unique(change.name ?? row.name, () => updateModel(context.db, id, set))
    if (changed === null) throw new NotFoundError('model', id)
    return modelOf(changed)
  })
}

/** Removes a model; runs that use it go on. For administrators. */
export async function removeModel(context: ServiceContext, actor: Actor, id: string): Promise<void> {
  await audited(context, { who: actor, deed: { action: 'model.delete', resourceId: id } }, async () => {
    await demandModel(context, actor, { id, action: 'delete' })
    await deleteModel(context.db, id)
  })
}

async function demandModel(
  { db }: ServiceContext,
  actor: Actor,
  { id, action }: { readonly id: string; readonly action: Action },
): Promise<ModelRow> {
  const row = await findModel(db, id)
  if (row === null) throw new NotFoundError('model', id)
  demand(actor, action, { resource: 'model', id, ownership: ownershipOfModel(actor, row) })
  return row
}

/** A model is there for those who may use it, and for nobody else. */
export function ownershipOfModel(actor: Actor, row: Pick<ModelRow, 'users' | 'enabled'>): Ownership {
  const users = row.users as Model['users']
  return row.enabled && (users === null || users.includes(actor.userId)) ? 'system' : 'other'
}

function leavesOrigin(row: ModelRow, { baseUrl }: ModelChange): boolean {
  return baseUrl !== undefined && new URL(baseUrl).origin !== new URL(row.baseUrl).origin
}

function withLimits(before: ModelLimits, change: NonNullable<ModelChange['limits']>): ModelLimits {
  const set = Object.entries(change).filter(([, value]) => value !== undefined)
  return { ...before, ...Object.fromEntries(set) }
}

async function unique<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (databaseFailure(error) !== 'duplicate') throw error
    throw new ConflictError(`Cannot save the model: there is one named "${name}" already`)
  }
}
