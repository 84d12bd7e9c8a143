import { body, service } from './client.ts'
import { readAgain } from './read-again.ts'

/** What a secret belongs to. */
export interface SecretOwner {
  readonly kind: 'tool' | 'session'
  readonly id: string
}

export type NewSecret = Parameters<(typeof service.tools)[':id']['secrets'][':name']['$put']>[0]['json']

const secretsOf = ({ kind }: SecretOwner) =>
  kind === 'tool' ? service.tools[':id'].secrets : service.sessions[':id'].secrets

/** The secrets of something, without their values: nobody reads those. */
export const secretsQuery = (owner: SecretOwner) => ({
  queryKey: ['secrets', owner.kind, owner.id],
  queryFn: async () => (await body(secretsOf(owner).$get({ param: { id: owner.id } }))).items,
})

/** Gives something a secret, in the place of the one of that name. */
export const setSecret = async (owner: SecretOwner, name: string, json: NewSecret) =>
  await changed(owner, body(secretsOf(owner)[':name'].$put({ param: { id: owner.id, name }, json })))

export const removeSecret = async (owner: SecretOwner, name: string) =>
  await changed(owner, body(secretsOf(owner)[':name'].$delete({ param: { id: owner.id, name } })))

async function changed<Answer>({ kind, id }: SecretOwner, asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  await readAgain('secrets', kind, id)
  return answer
}
