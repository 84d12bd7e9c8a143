import { body, good, service } from './client.ts'
import { everyItem } from './every-item.ts'
import { readAgain } from './read-again.ts'

/** All users, the newest first. */
export const usersQuery = {
  queryKey: ['users'],
  queryFn: async () => await everyItem((wish) => body(service.users.$get({ query: wish }))),
}
export type User = Awaited<ReturnType<(typeof usersQuery)['queryFn']>>['items'][number]
export type NewUser = Parameters<typeof service.users.$post>[0]['json']
export type UserChange = Parameters<(typeof service.users)[':id']['$patch']>[0]['json']

export const createUser = async (json: NewUser) => await changed('users', body(service.users.$post({ json })))
export const changeUser = async (id: string, json: UserChange) =>
  await changed('users', body(service.users[':id'].$patch({ param: { id }, json })))
export const removeUser = async (id: string) =>
  await changed('users', body(service.users[':id'].$delete({ param: { id } })))

export const keysQuery = (scope: 'mine' | 'all') => ({
  queryKey: ['api-keys', scope],
  queryFn: async () =>
    await everyItem((wish) => body(service['api-keys'].$get({ query: { scope, ...wish } }))),
})
export type NewKey = Parameters<(typeof service)['api-keys']['$post']>[0]['json']
export const createKey = async (json: NewKey) =>
  await changed('api-keys', body(service['api-keys'].$post({ json })))
export const removeKey = async (id: string) =>
  await changed('api-keys', body(service['api-keys'][':id'].$delete({ param: { id } })))

export type NewModel = Parameters<typeof service.models.$post>[0]['json']
export type ModelChange = Parameters<(typeof service.models)[':id']['$patch']>[0]['json']
export const createModel = async (json: NewModel) =>
  await changed('models', body(service.models.$post({ json })))
export const changeModel = async (id: string, json: ModelChange) =>
  await changed('models', body(service.models[':id'].$patch({ param: { id }, json })))
export const removeModel = async (id: string) =>
  await changed('models', body(service.models[':id'].$delete({ param: { id } })))

export const configurationQuery = {
  queryKey: ['configuration'],
  queryFn: async () => await body(service.configuration.$get()),
}

/** The machines that run code for the service, as they were heard of. */
export const machinesQuery = {
  queryKey: ['machines'],
  queryFn: async () => await body(service.machines.$get()),
  refetchInterval: 3000,
}
export type Machine = Awaited<ReturnType<(typeof machinesQuery)['queryFn']>>['items'][number]

/** What the service says of itself: ready or not, and its gauges by name. */
export const healthQuery = {
  queryKey: ['health'],
  queryFn: async () => {
    const [ready, metrics] = await Promise.all([fetch('/readyz'), good(fetch('/metrics'))])
    const { missing = [] } = (await ready.json()) as { readonly missing?: readonly string[] }
    return { isReady: ready.ok, missing, gauges: gaugesIn(await metrics.text()) }
  },
  refetchInterval: 3000,
}

/** Metrics by name, without our prefix; of one with labels the sum. */
function gaugesIn(text: string): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\w+)(?:\{.*\})? ([^ ]+)$/.exec(line) ?? []
    if (name === undefined) continue
    const short = name.replace(/^agentchat_/, '')
    sums[short] = (sums[short] ?? 0) + Number(value)
  }
  return sums
}

export type AnomalyQuery = NonNullable<NonNullable<Parameters<typeof service.anomalies.$get>[0]>['query']>

/** Some anomalies, the newest first. */
export const listAnomalies = async (query: AnomalyQuery) => await body(service.anomalies.$get({ query }))
export type Anomaly = Awaited<ReturnType<typeof listAnomalies>>['items'][number]

export const acknowledgeAnomaly = async (id: string) =>
  await changed('anomalies', body(service.anomalies[':id'].acknowledge.$post({ param: { id } })))
export const dismissAnomaly = async (id: string) =>
  await changed('anomalies', body(service.anomalies[':id'].dismiss.$post({ param: { id } })))

async function changed<Answer>(what: string, asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  await readAgain(what)
  return answer
}
