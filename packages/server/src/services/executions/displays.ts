import type { Display } from 'agentchat-sandbox'
import type { Actor } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { FileNotKeptError, InvalidRequestError, NotFoundError } from '../errors.ts'
import type { WantedDisplay } from './display-frames.ts'
import { readExecution } from './executions.ts'
import type { RecordedResult } from './recorded-result.ts'

/**
 * A token for a frame that shows a display which is HTML.
 * @throws NotFoundError
 * @throws InvalidRequestError for a display of another type
 */
export async function frameDisplay(
  context: ServiceContext,
  actor: Actor,
  wanted: WantedDisplay,
): Promise<string> {
  const { mime } = await readDisplay(context, actor, wanted)
  if (mime !== 'text/html')
    throw new InvalidRequestError([
      { path: 'number', problem: `is ${mime.slice(0, 100)}; only text/html has a frame` },
    ])
  return context.frames.issue(actor, wanted)
}

/**
 * The document that a token is for.
 * @throws NotFoundError when the token was used, or is too old
 */
export async function readFramed(context: ServiceContext, token: string): Promise<string> {
  const ticket = context.frames.take(token)
  if (ticket === null) throw new NotFoundError('frame', token)
  const { data } = await readDisplay(context, ticket.actor, ticket)
  if (typeof data !== 'string')
    throw new FileNotKeptError('the display', 'it is too large for what is recorded')
  return data
}

async function readDisplay(
  context: ServiceContext,
  actor: Actor,
  { id, number }: WantedDisplay,
): Promise<Pick<Display, 'mime' | 'data'>> {
  const row = await readExecution(context, actor, id)
  // It was written from a result of the library.
  const result = row.result as RecordedResult | null
  const display = liveDisplay(context, id, number) ?? result?.displays[number]
  if (display === undefined) throw new NotFoundError('display', String(number))
  return display
}

/** Of a run in progress, or one that ended a moment ago. */
function liveDisplay({ runs }: ServiceContext, id: string, number: number): Display | undefined {
  let at = 0
  for (const event of runs.find(id)?.past() ?? []) {
    if (event.type !== 'display') continue
    if (at === number) return event
    at += 1
  }
  return undefined
}
