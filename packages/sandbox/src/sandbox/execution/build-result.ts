import type { EndMessage, RunnerError } from '../../protocol/runner-messages.ts'
import type { UseHint } from '../bridge/use-counter.ts'
import { usedAndDenied } from '../permissions/receipt.ts'
import type {
  CodeExecutionResult,
  Display,
  ExecutionError,
  ExecutionUsage,
  FullOutput,
  JsonValue,
  PermissionReceipt,
  PermissionUse,
  ResultFile,
} from '../result/result.ts'
import { withMethods } from '../result/result-methods.ts'
import type { Wall } from '../wall/launch.ts'
import type { WorkerEnd } from '../worker/worker.ts'
import { crashHint, exceptionHint, verdictHint } from './host-hint.ts'
import type { Verdict } from './limit-watch.ts'
import { PROCESS_OVERHEAD_BYTES } from './limit-watch.ts'
import { OutputCollector } from './output/output-collector.ts'
import type { ExecutionRequest } from './request.ts'

/** Everything that is known when a run has ended. */
export interface RunFacts {
  readonly ending: EndMessage | WorkerEnd
  readonly verdict: Verdict | null
  readonly usage: ExecutionUsage
  readonly stdout: OutputCollector
  readonly stderr: OutputCollector
  readonly fullOutput: FullOutput | null
  readonly displays: readonly Display[]
  readonly files: readonly ResultFile[]
  /** How many of them are left out. */
  readonly dropped: Pick<CodeExecutionResult['truncated'], 'files' | 'displays' | 'permissions'>
  readonly request: ExecutionRequest
  readonly walls: readonly Wall[]
  /** What Deno was asked for while the code ran. */
  readonly uses: readonly PermissionUse[]
  /** What the host was asked for while the code ran, and did or refused. */
  readonly calls: Pick<PermissionReceipt, 'used' | 'denied'> & { readonly hint: UseHint | null }
}

/** The result of a run: the host's verdict first, then what the worker said, then how it ended. */
export function buildResult({
  ending,
  verdict,
  usage,
  stdout,
  stderr,
  fullOutput,
  displays,
  files,
  dropped,
  request,
  walls,
  uses,
  calls,
}: RunFacts): CodeExecutionResult {
  const end = 'type' in ending ? ending : null
  const error = errorOf({ ending, verdict, request, calls })
  return withMethods({
    status: error === null ? 'success' : 'error',
    // Parsed from JSON text a moment ago.
    result: error === null ? ((end?.result ?? null) as JsonValue) : null,
    resultText: error === null ? (end?.resultText ?? null) : null,
    stdout: stdout.text,
    stderr: stderr.text,
    fullOutput,
    error,
    executionTime: usage.wallMs / 1000,
    usage,
    displays,
    files,
    permissions: receiptOf(request, walls, merged(usedAndDenied(uses, request), calls)),
    sessionBytes: null,
    sessionMetadata: null,
    sessionRestored: null,
    sessionUnsaved: null,
    truncated: {
      stdout: stdout.truncated || end?.stdoutCut === true,
      stderr: stderr.truncated || end?.stderrCut === true,
      result: error === null && end?.resultCut === true,
      ...dropped,
    },
  })
}

/** The result of an execution that was cancelled before it had a worker. */
export function cancelledResult(request: ExecutionRequest, queueMs: number): CodeExecutionResult {
  const none = new OutputCollector({ maxBytes: 0, maxLiveBytes: 0 })
  const usage = {
    wallMs: 0,
    cpuMs: 0,
    queueMs,
    startMs: 0,
    packagesMs: 0,
    peakMemoryBytes: 0,
    stdoutBytes: 0,
    stderrBytes: 0,
  }
  const ending: WorkerEnd = { reason: 'killed', exitCode: null, detail: '' }
  const nothing = {
    stdout: none,
    stderr: none,
    fullOutput: null,
    displays: [],
    files: [],
    dropped: { files: 0, displays: 0, permissions: 0 },
    walls: [],
    uses: [],
    calls: { used: [], denied: [], hint: null },
  }
  return buildResult({ ending, verdict: 'cancelled', usage, request, ...nothing })
}

function errorOf({
  ending,
  verdict,
  request,
  calls,
}: Pick<RunFacts, 'ending' | 'verdict' | 'request' | 'calls'>): ExecutionError | null {
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

function receiptOf(
  { granted, tools }: ExecutionRequest,
  walls: readonly Wall[],
  asked: Pick<PermissionReceipt, 'used' | 'denied'>,
): PermissionReceipt {
  const { allowEnv, allowRead, allowWrite, allowNet, allowRun, allowFfi } = granted
  return {
    walls,
    granted: {
      env: allowEnv,
      read: allowRead,
      write: allowWrite,
      net: allowNet,
      run: allowRun,
      ffi: allowFfi,
      ...(tools === null ? {} : { tool: tools.names }),
    },
    ...asked,
  }
}

function merged(
  one: Pick<PermissionReceipt, 'used' | 'denied'>,
  other: Pick<PermissionReceipt, 'used' | 'denied'>,
): Pick<PermissionReceipt, 'used' | 'denied'> {
  return { used: [...one.used, ...other.used], denied: [...one.denied, ...other.denied] }
}
