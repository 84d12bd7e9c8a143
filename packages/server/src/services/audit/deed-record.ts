import { newId } from '../../db/index.ts'
import type { DeedBegin, NewAuditEvent } from '../../db/queries/audit.ts'
import type { Actor } from '../actor.ts'
import type { Deed } from '../deeds.ts'
import type { ListedSecrets } from '../listed-secrets.ts'
import { type AuditOutcome, type DeedFacts, rowOf } from './audit-event.ts'
import type { RunFacts } from './run-facts.ts'

/** The part of an actor that is recorded; without a user before somebody has signed in. */
export interface Who extends Pick<Actor, 'source'> {
  readonly userId: string | null
  readonly apiKeyId: string | null
  readonly requestId: string | null
}

/** The service, where nobody has asked for what it does. */
export const SERVICE_ITSELF: Who = { userId: null, apiKeyId: null, requestId: null, source: null }

/** A deed that is about to begin. `executionId` and `run`: where it is an execution. */
export interface NewDeed {
  readonly who: Who
  readonly deed: Deed
  readonly executionId?: string
  readonly run?: RunFacts
}

/** A deed that is under way: what its end says again, so that each entry is whole without the other. */
export type OpenDeed = DeedFacts & { readonly run?: RunFacts | undefined }

/** What a deed came to. */
export interface DeedEnd {
  readonly outcome: AuditOutcome
  readonly detail?: Readonly<Record<string, unknown>>
  readonly resourceId?: string
  readonly run?: RunFacts | undefined
}

/** The service that a deed is done in, by its name, and what none of its entries may hold. */
interface Place {
  readonly instance: string
  readonly listed: ListedSecrets
}

/**
 * The beginning of a deed, and what its end is made of later. Names and paths in it are what somebody has called a thing:
 * what the operator lists as secret is taken out of them.
 */
export function beginningOf(
  { instance, listed }: Place,
  { who, deed, executionId, run }: NewDeed,
): { readonly open: OpenDeed; readonly begin: DeedBegin } {
  const begun = new Date().toISOString()
  const open: OpenDeed = {
    ...{ deed: newId('aud'), instance, begun },
    ...{ actor: who.userId, apiKey: who.apiKeyId, source: who.source, request: who.requestId },
    ...{ action: deed.action, resource: deed.resourceId, execution: executionId ?? null },
    detail: listed.outOf(deed.detail ?? {}),
    ...(run === undefined ? {} : { run }),
  }
  return { open, begin: { event: rowOf({ ...open, phase: 'begin', time: begun, outcome: null }), instance } }
}

/** The end of a deed. */
export function endOfDeed(open: OpenDeed, { outcome, detail, resourceId, run }: DeedEnd): NewAuditEvent {
  return rowOf({
    ...{ ...open, phase: 'end', time: new Date().toISOString(), outcome },
    ...(detail === undefined ? {} : { detail }),
    ...(resourceId === undefined ? {} : { resource: resourceId }),
    ...(run === undefined ? {} : { run }),
  })
}

/** What is done at once: its beginning and its end. */
export function doneAtOnce(
  context: Place,
  done: NewDeed,
  outcome: AuditOutcome = 'success',
): NewAuditEvent[] {
  const { open, begin } = beginningOf(context, done)
  return [begin.event, endOfDeed(open, { outcome })]
}
