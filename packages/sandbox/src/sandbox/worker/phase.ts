import type { Deferred } from 'agentchat-sandbox-base/async/deferred'
import type { Question } from './question.ts'
import type { RunListener, WorkerEnd } from './worker-plan.ts'

/** What a worker is doing. */
export type Phase =
  | { readonly phase: 'starting'; readonly ready: Deferred<void> }
  | { readonly phase: 'idle' }
  | { readonly phase: 'running'; readonly run: number; readonly listener: RunListener }
  | { readonly phase: 'asked'; readonly question: Question<unknown> }
  /** Python's interpreter broke: it runs nothing more and nothing of it is kept, but its files can still be fetched. */
  | { readonly phase: 'broken' }
  | { readonly phase: 'gone'; readonly end: WorkerEnd }
