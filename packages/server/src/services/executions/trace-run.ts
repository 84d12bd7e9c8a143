import type { CodeExecutionResult, ExecutionEvent } from 'agentchat-sandbox'
import { ATTRIBUTE, SPAN } from '../../tracing/span-names.ts'
import type { SpanWish, Tracer } from '../../tracing/tracer.ts'
import type { RunRequest } from './run-request.ts'

/** The span of an execution: of a stored tool, where it is of one. */
export function executionSpan(id: string, tool?: RunRequest['tool']): SpanWish {
  const of = { [ATTRIBUTE.execution]: id }
  if (tool === undefined) return { name: SPAN.execution, attributes: of }
  const { name, attributes } = toolSpan(tool)
  return { name, attributes: { ...of, ...attributes } }
}

/** The span of a stored tool that is executed. */
export function toolSpan({ id, name }: { readonly id: string; readonly name: string }): SpanWish {
  const operation = { [ATTRIBUTE.operation]: 'execute_tool', [ATTRIBUTE.toolName]: name }
  return { name: SPAN.tool(name), attributes: { ...operation, [ATTRIBUTE.tool]: id } }
}

/** Notes what an execution waited for and how long it ran, one phase after the other since it was begun. */
export function notePhases(tracer: Tracer, begun: number, usage: CodeExecutionResult['usage']): void {
  const { queueMs, startMs, packagesMs, wallMs } = usage
  const phases: [string, number][] = [
    [SPAN.queue, queueMs],
    [SPAN.start, startMs],
    [SPAN.packages, packagesMs],
    [SPAN.run, wallMs],
  ]
  let from = begun
  const spans = phases.map(([name, ms]) => {
    const span = { name, from, to: from + ms }
    from = span.to
    return span
  })
  tracer.note(spans.filter(({ name, from, to }) => name === SPAN.run || to > from))
}

/** Notes a call of the host's tools that code has made. */
export function noteCall(
  tracer: Tracer,
  { name, ok, durationMs }: Extract<ExecutionEvent, { readonly type: 'tool-result' }>,
): void {
  const to = Date.now()
  const attributes = { [ATTRIBUTE.operation]: 'execute_tool', [ATTRIBUTE.toolName]: name }
  const failure = ok ? {} : { [ATTRIBUTE.errorKind]: 'tool-failed' }
  tracer.note([
    { name: SPAN.tool(name), from: to - durationMs, to, attributes: { ...attributes, ...failure } },
  ])
}
