import { PythonHostError } from 'agentchat-sandbox-mcp'
import type { Actor } from '../actor.ts'

/** Who asks now: an actor for each request, as what it may do changes while a client is connected. */
export type ActorNow = () => Actor

/** The handle of a session, which every call that needs one must name. @throws PythonHostError */
export function namedSession(handle: string | null): string {
  if (handle === null) throw new PythonHostError('name a session: create_session makes one')
  return handle
}
