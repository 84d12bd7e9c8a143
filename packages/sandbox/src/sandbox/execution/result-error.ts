import type { EndMessage, RunnerError } from '../../protocol/runner-messages.ts'
import type { UseHint } from '../bridge/use-counter.ts'
import type { ExecutionError } from '../result/result.ts'
import type { WorkerEnd } from '../worker/worker.ts'
import { crashHint, exceptionHint, verdictHint } from './host-hint.ts'
import { PROCESS_OVERHEAD_BYTES, type Verdict } from './limit-watch.ts'
import type { ExecutionRequest } from './request.ts'

/** What is known of the end of a run. */
export interface EndFacts {
  readonly ending: EndMessage | WorkerEnd
  readonly verdict: Verdict | null
  readonly request: ExecutionRequest
  /** What to tell the owner about the last thing that the host refused. */
  readonly calls: { readonly hint: UseHint | null }
}

/** Why an execution failed, or null where it did not: the host's verdict, what the worker said, or how it ended. */
export function errorOf({ ending, verdict, request, calls }: EndFacts): ExecutionError | null {
  const said = 'type' in ending ? ending.error : null
  const refused = 'type' in ending ? ending.refused : undefined
  const facts = { said, refused, asked: calls.hint, request }
  if (verdict !== null) {
    return {
      ...verdictError(verdict, request),
      // Where Python was when it was interrupted.
      traceback: said?.traceback ?? '',
      line: said?.line ?? null,
      hint: verdictHint(verdict, facts),
    }
  }
  if (said !== null) {
    const hint = said.kind === 'crashed' ? crashHint(said.message) : exceptionHint(facts)
    return { ...said, message: messageOf(said, request), hint }
  }
  if ('type' in ending) return null
  return crashError(ending)
}

/** Python's MemoryError has no message of its own. */
function messageOf({ kind, message }: RunnerError, { limits }: ExecutionRequest): string {
  if (kind !== 'memory' || message !== '') return message
  return `Python's memory reached the limit of ${limits.memoryLimitBytes / 2 ** 20} MiB (memoryLimitMb)`
}

function verdictError(
  verdict: Verdict,
  { limits, signal, files }: ExecutionRequest,
): Pick<ExecutionError, 'kind' | 'name' | 'message'> {
  switch (verdict) {
    case 'timeout':
      return {
        kind: 'timeout',
        name: 'TimeoutError',
        message: `Execution took longer than ${limits.timeoutSeconds} s (timeoutSeconds)`,
      }
    case 'cpu':
      return {
        kind: 'cpu',
        name: 'CpuLimitError',
        message: `Execution used more than ${limits.cpuSeconds} s of CPU time (cpuSeconds)`,
      }
    case 'memory':
      return {
        kind: 'memory',
        name: 'MemoryError',
        message:
          `Worker held more than ${limits.memoryLimitBytes / 2 ** 20} MiB (memoryLimitMb) plus ` +
          `${PROCESS_OVERHEAD_BYTES / 2 ** 20} MiB for the process itself, and was ended`,
      }
    case 'output':
      return {
        kind: 'output',
        name: 'OutputLimitError',
        message: `Worker sent far more than ${limits.maxOutputBytes} bytes of output (maxOutputBytes), and was ended`,
      }
    case 'write':
      return {
        kind: 'output',
        name: 'WriteLimitError',
        message: `Worker wrote far more than ${files.plan?.maxWriteBytes ?? 0} bytes to files (maxWriteBytes), and was ended`,
      }
    case 'cancelled':
      return {
        kind: 'cancelled',
        name: 'CancelledError',
        message: `Execution was cancelled${reasonText(signal)}`,
      }
  }
  return verdict satisfies never
}

function reasonText(signal: AbortSignal | undefined): string {
  const reason: unknown = signal?.reason
  return reason instanceof Error && reason.name !== 'AbortError' ? `: ${reason.message}` : ''
}

function crashError(end: WorkerEnd): ExecutionError {
  // V8 ends the process when JavaScript's own heap is full.
  const outOfMemory = end.reason === 'exited' && /heap limit|out of memory/i.test(end.detail)
  const base = { traceback: '', line: null, hint: null }
  if (outOfMemory) {
    return {
      ...base,
      kind: 'memory',
      name: 'MemoryError',
      message: 'Worker ran out of JavaScript memory and ended',
    }
  }
  const how =
    end.reason === 'protocol'
      ? `wrote to the channel of the runner: ${end.detail}`
      : `ended without a result${end.exitCode === null ? '' : ` (exit code ${end.exitCode})`}`
  return { ...base, kind: 'crashed', name: 'WorkerCrashed', message: `Worker ${how}` }
}
