import { QueryClient } from '@tanstack/react-query'
import { createClient } from 'agentchat-sandbox-server/client'
import { ServiceProblem } from './problem.ts'

/** Every operation of the service that has sent this page. */
export const service = createClient(location.origin).api.v1

/** What a good answer holds. */
type Good<Answer> = Answer extends { readonly ok: infer Ok; json(): Promise<infer Body> }
  ? true extends Ok
    ? Body
    : never
  : never

/** What is asked of the service: read again when the window is looked at, and never tried again where it was refused. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      retry: (failures, error) => failures < 2 && error instanceof ServiceProblem && error.status === 0,
    },
  },
})

/** The body of a good answer. @throws ServiceProblem */
export async function body<Answer extends Response>(asked: Promise<Answer>): Promise<Good<Answer>> {
  const answer = await good(asked)
  if (answer.status === 204) return undefined as Good<Answer>
  return (await answer.json()) as Good<Answer>
}

/** An answer that is good, whatever it holds. @throws ServiceProblem */
export async function good<Answer extends Response>(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked.catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ServiceProblem(0, { detail: error instanceof Error ? error.message : '' })
  })
  if (answer.ok) return answer
  const document: unknown = await answer.json().catch(() => null)
  if (answer.status === 401) signedOut()
  throw new ServiceProblem(answer.status, document)
}

const SELF = ['self'] as const

/** Whose sign-in it is, as it is asked for; null for nobody's. */
export const selfQuery = {
  queryKey: SELF,
  queryFn: async () =>
    await body(service.auth.self.$get()).catch((error: unknown) => {
      if (error instanceof ServiceProblem && error.status === 401) return null
      throw error
    }),
  staleTime: 30_000,
}

/** The sign-in has ended: the page asks for a new one, and keeps what is in it. */
export function signedOut(): void {
  queries.setQueryData(SELF, null)
}

/** Resolves once somebody is signed in, or the signal is aborted. */
export async function whenSignedIn(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = () => {
      if (!signal.aborted && !queries.getQueryData(SELF)) return
      forget()
      signal.removeEventListener('abort', look)
      resolve()
    }
    const forget = queries.getQueryCache().subscribe(look)
    signal.addEventListener('abort', look)
    look()
  })
}
