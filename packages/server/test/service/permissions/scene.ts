import type { ToolRow } from '../../../src/db/queries/tools.ts'
import type { Somebody, TestService } from '../fixtures/service.ts'

/** Somebody with a standing, and how requests of theirs look. */
export interface Caller {
  readonly id: string
  readonly headers: Record<string, string>
}

/** Whether it was done, refused, or said not to exist. */
export type Verdict = 'allowed' | 'refused' | 'hidden'

/** Who tries things where, and what is there for it. */
export interface Scene {
  readonly service: TestService
  readonly caller: Caller
  /** Whose the things of others are. */
  readonly other: Somebody
  /** A server that answers whatever it is asked. */
  readonly calleeUrl: string
  /** What the tools are copies of: reading the document of each takes a process of its own. */
  readonly tool: ToolRow
}

let made = 0
/** A name that nothing else has. */
export const unique = () => {
  made += 1
  return `n${made}`
}

/** A tool as its author sends it. */
export function toolNamed(name: string, calleeUrl: string, system = false) {
  const paths = { '/a': { get: { operationId: 'a', responses: { 200: { description: 'ok' } } } } }
  const document = { ...{ openapi: '3.1.0', info: { title: 'T', version: '1' } }, paths }
  return { ...{ name, kind: 'openapi', system }, definition: { document, baseUrl: calleeUrl } }
}

/** Sends a request of the caller. */
export async function send({ service, caller }: Scene, method: string, path: string, body?: object) {
  const headers = { ...caller.headers, 'if-match': '*' }
  return await service.send(method, path, { headers, ...(body && { body }) })
}

/** What an answer says about the permission. */
export async function verdictOf(answer: Response | Promise<Response>): Promise<Verdict> {
  const { status } = await answer
  if (status >= 200 && status < 300) return 'allowed'
  if (status === 403) return 'refused'
  if (status === 404) return 'hidden'
  throw new Error(`status ${status}: ${await (await answer).text()}`)
}
