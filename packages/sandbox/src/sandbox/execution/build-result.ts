import { usedAndDenied } from '../permissions/receipt.ts'
import type {
  CodeExecutionResult,
  Display,
  ExecutionUsage,
  FullOutput,
  InterpreterKind,
  JsonValue,
  PermissionReceipt,
  PermissionUse,
  ResultFile,
  UsageSample,
} from '../result/result.ts'
import { withMethods } from '../result/result-methods.ts'
import type { Wall } from '../wall/launch.ts'
import type { WorkerEnd } from '../worker/worker.ts'
import { OutputCollector } from './output/output-collector.ts'
import type { ExecutionRequest } from './request.ts'
import { type EndFacts, errorOf } from './result-error.ts'

/** Everything that is known when a run has ended. */
export interface RunFacts extends EndFacts {
  readonly usage: ExecutionUsage
  readonly timeline: readonly UsageSample[]
  readonly stdout: OutputCollector
  readonly stderr: OutputCollector
  readonly fullOutput: FullOutput | null
  readonly displays: readonly Display[]
  readonly files: readonly ResultFile[]
  /** How many of them are left out. */
  readonly dropped: Pick<CodeExecutionResult['truncated'], 'files' | 'displays' | 'permissions'>
  readonly walls: readonly Wall[]
  readonly interpreter: InterpreterKind
  /** What Deno was asked for while the code ran. */
  readonly uses: readonly PermissionUse[]
  /** What the host was asked for while the code ran, and did or refused. */
  readonly calls: Pick<PermissionReceipt, 'used' | 'denied'> & EndFacts['calls']
}

/** The result of a run: the host's verdict first, then what the worker said, then how it ended. */
export function buildResult({
  ending,
  verdict,
  usage,
  timeline,
  stdout,
  stderr,
  fullOutput,
  displays,
  files,
  dropped,
  request,
  walls,
  interpreter,
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
    timeline,
    displays,
    files,
    permissions: receiptOf(request, { walls, interpreter }, merged(usedAndDenied(uses, request), calls)),
    sessionBytes: null,
    sessionMetadata: null,
    sessionRestored: null,
    sessionUnsaved: null,
    redactions: {},
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
    timeline: [],
    stdout: none,
    stderr: none,
    fullOutput: null,
    displays: [],
    files: [],
    dropped: { files: 0, displays: 0, permissions: 0 },
    walls: [],
    interpreter: 'new' as const,
    uses: [],
    calls: { used: [], denied: [], hint: null },
  }
  return buildResult({ ending, verdict: 'cancelled', usage, request, ...nothing })
}

function receiptOf(
  { granted, tools, secrets }: ExecutionRequest,
  between: Pick<PermissionReceipt, 'walls' | 'interpreter'>,
  asked: Pick<PermissionReceipt, 'used' | 'denied'>,
): PermissionReceipt {
  const { allowEnv, allowRead, allowWrite, allowNet, allowRun, allowFfi } = granted
  return {
    ...between,
    granted: {
      env: allowEnv,
      read: allowRead,
      write: allowWrite,
      net: allowNet,
      run: allowRun,
      ffi: allowFfi,
      ...(tools === null ? {} : { tool: tools.names }),
      ...(secrets.isEmpty ? {} : { secret: secrets.names }),
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
