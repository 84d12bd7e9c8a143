import type { ExecutionOptions } from 'agentchat-sandbox'
import { z } from 'zod'

// Calls of tools: code on a machine makes them, the service that started it answers them. A machine may say anything.

/** What a machine is told of a tool: what Python sees, and what bounds its calls. The tool itself stays with the service. */
export const workToolSchema = z.strictObject({
  name: z.string().max(64),
  description: z.string(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  countsTime: z.boolean(),
  maxCalls: z.int().optional(),
  maxArgumentBytes: z.int().optional(),
})

type OfferedTool = NonNullable<ExecutionOptions['tools']>[number]

/** A tool as a machine knows it. */
export type WorkTool = z.infer<typeof workToolSchema>

/**
 * What a machine is told of a tool.
 * @throws TypeError for one whose approval would have to stop a clock that is on the machine
 */
export function workToolOf({
  name,
  description = '',
  parameters,
  countsTime = true,
  approve,
  ...limits
}: OfferedTool): WorkTool {
  if (countsTime && approve !== undefined)
    throw new TypeError(`Cannot send "${name}" to a machine: it is approved, and its time counts`)
  const { maxCalls, maxArgumentBytes } = limits
  return {
    ...{ name, description, countsTime },
    ...(parameters === undefined ? {} : { parameters }),
    ...(maxCalls === undefined ? {} : { maxCalls }),
    ...(maxArgumentBytes === undefined ? {} : { maxArgumentBytes }),
  }
}

/** Calls of one execution have numbers from 1 on. */
const call = z.int().min(1).max(1_000_000)
/** The bridge of a worker takes no more. */
const MAX_ARGUMENT_CHARS = 2 ** 20

/** What a machine tells of calls, among the events of an execution. */
export const callEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...{ type: z.literal('tool-ask'), call },
    tool: z.string().max(200),
    /** JSON of an object. */
    arguments: z.string().max(MAX_ARGUMENT_CHARS),
  }),
  /** The code does not wait for it any more. */
  z.strictObject({ type: z.literal('tool-give-up'), call }),
])

/** What a machine tells of a call. */
export type CallEvent = z.infer<typeof callEventSchema>

/** What came of a call: an error, a small result as JSON, or where to fetch the result. */
export const callAnswerSchema = z.union([
  z.strictObject({ error: z.string().max(4000) }),
  z.strictObject({ json: z.string() }),
  z.strictObject({
    /** The service that has it. */
    service: z.string().regex(/^[a-z0-9-]{1,60}$/),
    token: z.string().max(64),
    bytes: z.int().min(0),
    /** Under which path Python finds it; null for JSON. */
    file: z.string().max(400).nullable(),
  }),
])

/** What came of a call. */
export type CallAnswer = z.infer<typeof callAnswerSchema>

export const callNumber = call
