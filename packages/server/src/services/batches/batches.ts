import { setTimeout as sleep } from 'node:timers/promises'
import {
  type BatchRow,
  endedPrograms,
  findBatch,
  listBatches,
  type ProgramRow,
} from '../../db/queries/batches.ts'
import type { Page, PageRequest } from '../../db/queries/page.ts'
import { type Actor, demand, ownershipOf, seesAll } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { ForbiddenError, NotFoundError } from '../errors.ts'
import type { NumberedEvent } from '../executions/live-run.ts'
import { decide } from '../permission-check.ts'

export type { BatchRow, ProgramRow } from '../../db/queries/batches.ts'

/** What happens in a batch. `finished` comes last, exactly once. */
export type BatchEvent =
  | { readonly type: 'program'; readonly program: ProgramRow }
  | { readonly type: 'finished'; readonly batch: BatchRow }

/** So many results, of up to 1 MiB each, are read in one go. */
const AT_ONCE = 16
/** How often it is looked for results of a batch that another service runs. */
const LOOK_MS = 500

/** The row of a batch that the actor may see. */
export async function readBatch({ db }: ServiceContext, actor: Actor, id: string): Promise<BatchRow> {
  const row = await findBatch(db, id)
  if (row === null) throw new NotFoundError('batch', id)
  demand(actor, 'read', { resource: 'batch', id, ownership: ownershipOf(actor, row.userId) })
  return row
}

/** The batches of the actor; with `all`, for administrators, those of everybody. */
export async function queryBatches(
  { db }: ServiceContext,
  actor: Actor,
  { all, page }: { readonly all: boolean; readonly page: PageRequest },
): Promise<Page<BatchRow>> {
  const decision = decide(actor, 'read', 'batch', 'own')
  if (!decision.allowed) throw new ForbiddenError(`list the batches: ${decision.reason}`)
  if (all && !seesAll(actor, 'batch'))
    throw new ForbiddenError('list the batches of everybody: only an administrator may')
  return await listBatches(db, all ? {} : { userId: actor.userId }, page)
}

/** What became of programs so far, from one index on, in their order. */
export async function* programsOf(
  { db }: Pick<ServiceContext, 'db'>,
  id: string,
  from: number,
): AsyncGenerator<ProgramRow, void, void> {
  for (let next = from; ; ) {
    const some = await endedPrograms(db, id, { from: next, limit: AT_ONCE })
    yield* some
    const last = some.at(-1)
    if (last === undefined) return
    next = last.index + 1
  }
}

/**
 * What becomes of the programs, in their order, as it is recorded: those after event number `after`, which is the index of
 * a program and one. Results are read from where they are recorded, so that also a batch of another service, or one that
 * was over long ago, can be followed.
 */
export async function* batchEvents(
  context: ServiceContext,
  { id, programs }: BatchRow,
  after: number,
): AsyncGenerator<NumberedEvent<BatchEvent>, void, void> {
  const news = context.batches.find(id)?.follow(0)
  let next = after
  /** Is nothing heard of it here any more? */
  let isOld = false
  for (;;) {
    const row = await findBatch(context.db, id)
    if (row === null) return
    for await (const program of programsOf(context, id, next)) {
      // An earlier one is running still, unless it never will.
      if (program.index > next && row.status === 'running') break
      next = program.index + 1
      yield { id: next, event: { type: 'program', program } }
    }
    if (row.status !== 'running') {
      yield { id: programs + 1, event: { type: 'finished', batch: row } }
      return
    }
    if (news !== undefined && (await news.next()).done !== true) continue
    if (isOld) await sleep(LOOK_MS)
    isOld = true
  }
}
