import { deleteModel, findModel, updateModel } from '../../db/queries/models.ts'
import type { ServiceContext } from '../context.ts'
import { addModel } from './models.ts'

/** A model that the configuration of the service describes. */
export interface EnvironmentModel {
  readonly baseUrl: string
  readonly model: string
  readonly apiKey?: string | undefined
}

/** The one that there is at most; named so, that a run finds it without a name. */
const ID = 'mdl_environment'
const NAME = 'default'

/** Makes the model of the configuration what the configuration says now, for everybody; without one there it is removed. */
export async function keepEnvironmentModel(
  context: ServiceContext,
  model: EnvironmentModel | undefined,
): Promise<void> {
  const { db, secrets } = context
  if (model === undefined) {
    await deleteModel(db, ID)
    return
  }
  const { baseUrl, model: called, apiKey } = model
  if ((await findModel(db, ID)) === null) {
    const description = 'Set up by the environment of the service'
    await addModel(context, ID, { name: NAME, description, baseUrl, model: called, apiKey })
    return
  }
  await updateModel(db, ID, {
    ...{ baseUrl, model: called },
    apiKey: apiKey === undefined ? null : secrets.seal(apiKey, ID),
  })
}
