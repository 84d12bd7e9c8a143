import type { BatchRow } from '../../db/queries/batches.ts'
import { LiveRun } from '../executions/live-run.ts'
import type { EventForm } from '../executions/run-events.ts'

/** More results of a batch can be read: they are not held, but read from where they are recorded. */
export interface Recorded {
  readonly type: 'recorded'
}

/** A batch in progress, and for a while after it. */
export type LiveBatch = LiveRun<Recorded, BatchRow>

const FORM: EventForm<Recorded> = { sizeOf: () => 32, merged: (_, second) => second, replaced: () => true }

/** A batch that is about to begin. */
export function liveBatch(id: string, userId: string): LiveBatch {
  return new LiveRun<Recorded, BatchRow>(id, userId, FORM)
}
