import { allModels, type ModelRow } from '../../db/queries/models.ts'
import { type Actor, demand } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { InvalidRequestError, NoModelError } from '../errors.ts'
import { decide } from '../permission-check.ts'
import { ownershipOfModel } from './models.ts'

/** Taken where none is named. */
const DEFAULT_NAME = 'default'

/**
 * The model of that name or identifier; without one the only one that the actor may use, or that named "default".
 * @throws NoModelError when there is none at all
 * @throws InvalidRequestError naming those that there are
 */
export async function chooseModel(
  { db }: ServiceContext,
  actor: Actor,
  wanted: string | undefined,
): Promise<ModelRow> {
  demand(actor, 'execute', { resource: 'model', id: '', ownership: 'system' })
  const usable = (await allModels(db)).filter(
    (row) => row.enabled && decide(actor, 'execute', 'model', ownershipOfModel(actor, row)).allowed,
  )
  if (usable.length === 0) throw new NoModelError()
  const chosen =
    wanted === undefined
      ? (usable.find(({ name }) => name === DEFAULT_NAME) ?? (usable.length === 1 ? usable[0] : undefined))
      : usable.find(({ id, name }) => id === wanted || name === wanted)
  if (chosen !== undefined) return chosen
  const names = usable.map(({ name }) => name).join(', ')
  throw new InvalidRequestError([{ path: 'model', problem: `must be one of: ${names.slice(0, 1000)}` }])
}
