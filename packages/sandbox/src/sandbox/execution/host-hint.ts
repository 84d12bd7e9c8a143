import type { EndMessage, RunnerError } from '../../protocol/runner-messages.ts'
import type { UseHint } from '../bridge/use-counter.ts'
import type { Verdict } from './limit-watch.ts'
import type { ExecutionRequest } from './request.ts'

const MAX_LINE_CHARS = 120

/** What is known when a hint is chosen. */
export interface HintFacts {
  /** What the worker says of the exception, or null when it was ended before it could. */
  readonly said: RunnerError | null
  /** The last access to a file that was refused. */
  readonly refused: EndMessage['refused']
  /** What the host itself refused last, in its own words. */
  readonly asked: UseHint | null
  readonly request: ExecutionRequest
}

/** The hint for an exception: what the host knows of a refusal, or else what the worker says. */
export function exceptionHint({ said, refused, asked }: HintFacts): string | null {
  if (said?.kind !== 'permission') return said?.hint ?? null
  if (asked !== null && (refused === undefined || said.message.includes(asked.value))) return asked.hint
  if (refused === undefined) return said.hint ?? null
  const verb = refused.option === 'allowRead' ? 'read' : 'write'
  return `Python may ${verb} only what the option "${refused.option}" grants, and that does not hold ${JSON.stringify(refused.path)}`
}

/** The hint for a run that the host ended, or null where there is nothing to repair. */
export function verdictHint(verdict: Verdict, facts: HintFacts): string | null {
  switch (verdict) {
    case 'timeout':
      return `${whereItWas(facts)} Do less work or shorten what is waited for, or raise timeoutSeconds.`
    case 'cpu':
      return `${whereItWas(facts)} Do less work or choose a faster way, or raise cpuSeconds.`
    case 'memory':
      return 'Work on smaller pieces (a generator, chunks of the file), or raise memoryLimitMb.'
    case 'output':
      return 'Show less, or write it to a file.'
    case 'write':
      return 'Write less to files, or raise maxWriteBytes.'
    case 'cancelled':
      return null
  }
  return verdict satisfies never
}

/** The line of the user's code at which Python was interrupted; its text is the host's own copy. */
function whereItWas({ said, request }: HintFacts): string {
  const line = said?.line ?? null
  const text = line === null ? undefined : request.message.code.split(/\r\n?|\n/)[line - 1]?.trim()
  if (line === null || text === undefined) {
    const caught = 'the code catches `KeyboardInterrupt`, as `except:` and `except BaseException:` do'
    return `Python did not react when it was interrupted: a single long operation kept it busy, or ${caught}.`
  }
  const shown = text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)}...` : text
  return `When it was stopped, line ${line} was running: ${shown}${/[.!?]$/.test(shown) ? '' : '.'}`
}

/** The hint for a worker that broke, from what it said last. */
export function crashHint(message: string): string | null {
  if (!/call stack|stack overflow|recursion/i.test(message)) return null
  return 'Something is nested or calls itself too deeply for the stack: use a loop, or give the recursion an end.'
}
