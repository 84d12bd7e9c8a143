import type { ExecutionEvent } from 'agentchat-sandbox'
import { z } from 'zod'

const count = z.number().min(0)
const text = z.string()
const sha256 = z.string().nullable()

/** What happens in an execution on a machine, but for its end, which travels by itself. */
const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started') }),
  z.object({ type: z.enum(['stdout', 'stderr']), text }),
  z.object({
    ...{ type: z.literal('display'), mime: text, data: z.unknown() },
    metadata: z.record(z.string(), z.unknown()),
  }),
  z.object({
    ...{ type: z.literal('file'), path: text, size: z.int().min(0), mime: text, sha256 },
    ...{
      change: z.enum(['created', 'changed', 'deleted']),
      secret: z.enum(['taken-out', 'left-in']).optional(),
    },
  }),
  z.object({ type: z.literal('input-request'), prompt: text }),
  z.object({ type: z.literal('progress'), stage: text, done: count, total: count }),
  z.object({
    ...{ type: z.literal('usage'), wallMs: count, cpuMs: count, queueMs: count, startMs: count },
    ...{ packagesMs: count, peakMemoryBytes: count, stdoutBytes: count, stderrBytes: count },
    ...{ memoryBytes: count, pythonHeapBytes: count.nullable() },
  }),
])

/** An event but for the end. */
export type EventBeforeEnd = Exclude<ExecutionEvent, { readonly type: 'finished' }>

/** Reads an event that a machine tells of; null for what is none. */
export function parsedEvent(value: unknown): EventBeforeEnd | null {
  const read = eventSchema.safeParse(value)
  return read.success ? (read.data as EventBeforeEnd) : null
}
