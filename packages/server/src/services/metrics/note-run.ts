import type { CodeExecutionResult, ExecutionEvent } from 'agentchat-sandbox'
import type { ExecutionEnd } from '../../db/queries/executions.ts'
import type { Metrics } from './metrics.ts'

/** A worker that was ready is had at once. */
const WARM_MS = 10

type EndedRun = Pick<CodeExecutionResult, 'usage' | 'permissions' | 'redactions' | 'error'>

/** Counts an execution that is over. */
export function noteRun(
  metrics: Metrics,
  { status, isTool }: { readonly status: ExecutionEnd['status']; readonly isTool: boolean },
  result: EndedRun,
): void {
  const { usage, permissions, redactions, error } = result
  metrics.add('executions_total', { outcome: status, kind: error?.kind ?? 'none' })
  metrics.observe('execution_duration_seconds', { outcome: status }, usage.wallMs / 1000)
  metrics.observe('execution_queue_seconds', {}, usage.queueMs / 1000)
  const start = usage.startMs < WARM_MS ? 'warm' : 'cold'
  // One in a session has its worker already.
  if (permissions.interpreter !== 'session')
    metrics.observe('execution_start_seconds', { start }, usage.startMs / 1000)
  metrics.add('execution_cpu_seconds_total', {}, usage.cpuMs / 1000)
  metrics.observe('execution_memory_peak_bytes', {}, usage.peakMemoryBytes)
  metrics.add('execution_output_bytes_total', {}, usage.stdoutBytes + usage.stderrBytes)
  if (isTool) noteToolCall(metrics, 'python', { ok: status === 'success', ms: usage.wallMs })
  for (const { kind, count } of permissions.denied) metrics.add('denials_total', { permission: kind }, count)
  for (const [rule, count] of Object.entries(redactions)) metrics.add('redactions_total', { rule }, count)
}

/** Counts what happens in an execution. */
export function noteEvent(metrics: Metrics, event: ExecutionEvent): void {
  if (event.type === 'tool-result') noteToolCall(metrics, 'code', { ok: event.ok, ms: event.durationMs })
}

/** Counts the call of a tool: a stored one of either kind, or one that code called. */
export function noteToolCall(
  metrics: Metrics,
  kind: 'python' | 'openapi' | 'code',
  { ok, ms }: { readonly ok: boolean; readonly ms: number },
): void {
  metrics.add('tool_calls_total', { kind, outcome: ok ? 'success' : 'error' })
  metrics.observe('tool_call_duration_seconds', { kind }, ms / 1000)
}
