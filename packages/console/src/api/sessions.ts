import { body, service } from './client.ts'
import { everyItem } from './every-item.ts'
import { readAgain } from './read-again.ts'

/** The sessions of the caller, the newest first. */
export const sessionsQuery = {
  queryKey: ['sessions'],
  queryFn: async () => await everyItem((wish) => body(service.sessions.$get({ query: wish }))),
}

export const readSession = async (id: string) => await body(service.sessions[':id'].$get({ param: { id } }))

export type Session = Awaited<ReturnType<typeof readSession>>
export type NewSession = Parameters<typeof service.sessions.$post>[0]['json']

export const sessionQuery = (id: string) => ({ queryKey: ['sessions', id], queryFn: () => readSession(id) })

export const sessionFilesQuery = (id: string) => ({
  queryKey: ['sessions', id, 'files'],
  queryFn: async () => (await body(service.sessions[':id'].files.$get({ param: { id }, query: {} }))).items,
})

export const createSession = async (json: NewSession) => await changed(body(service.sessions.$post({ json })))

export const forkSession = async (id: string, name: string | null) =>
  await changed(body(service.sessions[':id'].fork.$post({ param: { id }, json: { name } })))

export const rewindSession = async (id: string, steps: number) =>
  await changed(body(service.sessions[':id'].rewind.$post({ param: { id }, json: { steps } })))

export const removeSession = async (id: string) =>
  await changed(body(service.sessions[':id'].$delete({ param: { id } })))

/** Puts a file into the working folder of a session. */
export const writeSessionFile = async (id: string, file: File) =>
  await changed(
    body(
      service.sessions[':id'].files[':path'].$put(
        { param: { id, path: encodeURIComponent(file.name) } },
        { init: { body: file, headers: { 'content-type': 'application/octet-stream' } } },
      ),
    ),
  )

async function changed<Answer>(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  await readAgain('sessions')
  return answer
}
