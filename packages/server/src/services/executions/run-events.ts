import type { ExecutionEvent } from 'agentchat-sandbox'
import type { RecordedResult } from './recorded-result.ts'

/** What is to be known of the events of a run. */
export interface EventForm<Event> {
  /** Roughly what it holds, in characters. */
  sizeOf(event: Event): number
  /** One event in place of two that came one after the other, while nobody has read the first; null where two are two. */
  merged(first: Event, second: Event): Event | null
  /** Is an event of no use any more, once the next one is that, though somebody has read it? */
  replaced(event: Event, next: Event): boolean
}

/** What happens in an execution: as the library tells it, but the result as it was recorded. */
export type RunEvent =
  | Exclude<ExecutionEvent, { readonly type: 'finished' }>
  | { readonly type: 'finished'; readonly result: RecordedResult }

/** Pieces of output up to this length are put together while nobody has read them. */
export const MERGE_CHARS = 16_384

/** The events of executions. */
export const RUN_EVENTS: EventForm<RunEvent> = {
  sizeOf(event) {
    if (event.type === 'stdout' || event.type === 'stderr') return event.text.length + 64
    if (event.type !== 'display') return 256
    return typeof event.data === 'string' ? event.data.length : JSON.stringify(event.data).length
  },
  replaced: (event, next) => event.type === 'usage' && next.type === 'usage',
  merged(first, second) {
    if (first.type !== 'stdout' && first.type !== 'stderr') return null
    if (second.type !== first.type || first.text.length + second.text.length > MERGE_CHARS) return null
    return { type: first.type, text: first.text + second.text }
  },
}

/** The same where each event keeps its number, by which other services know it too. */
export const EVENTS_AS_NUMBERED: EventForm<RunEvent> = { ...RUN_EVENTS, merged: () => null }
