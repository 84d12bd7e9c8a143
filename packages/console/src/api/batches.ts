import { body, service } from './client.ts'
import { readAgain } from './read-again.ts'

export const listBatches = async (query: {
  readonly scope: 'mine' | 'all'
  readonly limit: number
  readonly cursor?: string | undefined
}) => await body(service.batches.$get({ query }))

export const readBatch = async (id: string) => await body(service.batches[':id'].$get({ param: { id } }))

export type Batch = Awaited<ReturnType<typeof readBatch>>

/** What became of some programs, in their order; `cursor` is the index of the first one. */
export const batchResults = async (id: string, limit: number, cursor: number) =>
  await body(service.batches[':id'].results.$get({ param: { id }, query: { limit, cursor } }))

export type ProgramResult = Awaited<ReturnType<typeof batchResults>>['items'][number]

/** Ends a batch that runs; one that is over stays. */
export async function cancelBatch(id: string): Promise<void> {
  await body(service.batches[':id'].cancel.$post({ param: { id } }))
  await readAgain('batches')
}

export async function deleteBatch(id: string): Promise<void> {
  await body(service.batches[':id'].$delete({ param: { id } }))
  await readAgain('batches')
}
