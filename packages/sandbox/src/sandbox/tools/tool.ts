import { z } from 'zod'
import { CALL_DATA_BYTES } from '../../protocol/frames.ts'
import { late } from '../../protocol/late.ts'
import type { ExactJsonValue } from '../result/result.ts'
import { problemOfToolName } from './tool-name.ts'

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What a tool is told of the call. */
export interface ToolContext {
  /** Of the call, as in the events `tool-call` and `tool-result`. */
  readonly id: string
  /**
   * Aborted when nobody waits for the call any more: the execution ended, was stopped or was left, the time of the call is
   * over, or the code has given it up.
   */
  readonly signal: AbortSignal
}

/** A call that waits for its approval. Its arguments fit the schema of the tool. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: Readonly<Record<string, ExactJsonValue>>
}

/** What becomes of a call: it is made, or Python raises a `ToolError` with the reason. */
export type ToolApproval = 'allow' | { readonly deny: string }

/** A function of the host that Python may call. */
export interface Tool {
  /** The name of the function in Python. */
  readonly name: string
  /** What it does, for the author of the code: Python shows it as the documentation of the function. */
  readonly description?: string | undefined
  /** JSON Schema of its arguments, an object. Positional arguments have the order of `properties`. */
  readonly parameters?: JsonSchema | undefined
  /**
   * Does it. The arguments fit `parameters`; a whole number past 2^53 is a BigInt. What it gives must be JSON, in which a
   * BigInt is a whole number, or a `ToolFile`. Of what it throws, Python sees the message of a `ToolError`, and of any other
   * error only that there was one.
   */
  execute(args: Readonly<Record<string, ExactJsonValue>>, context: ToolContext): unknown
  /** Calls of it that one execution may make; by default as many as of all tools. */
  readonly maxCalls?: number | undefined
  /** Calls of it that are at work at the same time; the next ones wait. By default 64. */
  readonly maxConcurrent?: number | undefined
  /** Seconds that one call may take, without its approval. By default 600 where `countsTime` is false, else no limit. */
  readonly timeoutSeconds?: number | undefined
  /** Does the time of its calls count into `timeoutSeconds` of the execution? By default it does. */
  readonly countsTime?: boolean | undefined
  /**
   * Are arguments checked against `parameters` before the call? By default they are. `false` is for a tool that only passes
   * its calls on to where they are checked.
   */
  readonly checksArguments?: boolean | undefined
  /** In place of `maxToolArgumentBytes` and `maxToolResultBytes` of the sandbox. */
  readonly maxArgumentBytes?: number | undefined
  readonly maxResultBytes?: number | undefined
  /**
   * Asked before each call. The execution waits, alive, and its clock stands still. What is no answer in time, or no
   * answer at all, is a refusal.
   */
  approve?(call: ToolCall, context: ToolContext): ToolApproval | Promise<ToolApproval>
  /** Seconds that an approval may take; by default 300. */
  readonly approveSeconds?: number | undefined
}

/** Thrown by a tool to tell the code that called it what is wrong. Python raises a `ToolError` with the same message. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
}

const DAY_SECONDS = 86_400
const MAX_CALLS = 1_000_000
/** The bridge answers no more calls at a time. */
const MAX_CONCURRENT = 1000

const secondsSchema = late(() => z.number().positive().max(DAY_SECONDS))

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

/** Checks a tool, but not its schema. */
export const toolSchema = late(() =>
  z
    .strictObject({
      name: z.string().check((context) => {
        const message = problemOfToolName(context.value)
        if (message !== null) context.issues.push({ code: 'custom', message, input: context.value })
      }),
      description: z.string().max(20_000).optional(),
      parameters: z
        .custom<JsonSchema>(
          (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
          'must be a JSON Schema, an object',
        )
        .optional(),
      execute: z.custom<Tool['execute']>(isFunction, 'must be a function'),
      maxCalls: z.int().min(0).max(MAX_CALLS).default(MAX_CALLS),
      maxConcurrent: z.int().min(1).max(MAX_CONCURRENT).default(64),
      timeoutSeconds: secondsSchema().optional(),
      countsTime: z.boolean().default(true),
      checksArguments: z.boolean().default(true),
      maxArgumentBytes: z.int().min(2).max(CALL_DATA_BYTES).optional(),
      maxResultBytes: z
        .int()
        .min(2)
        .max(2 ** 26)
        .optional(),
      approve: z.custom<NonNullable<Tool['approve']>>(isFunction, 'must be a function').optional(),
      approveSeconds: secondsSchema().default(300),
    })
    .transform(({ timeoutSeconds, ...tool }) => ({
      ...tool,
      // A tool that never answers and costs no time would hold an execution for ever.
      timeoutSeconds: timeoutSeconds ?? (tool.countsTime ? Number.POSITIVE_INFINITY : 600),
    })),
)

/** The tools that somebody offers. */
export const toolsSchema = late(() => z.array(toolSchema()).max(200))

/** A tool after its check, with every default filled in. */
export type ToolSettings = z.output<ReturnType<typeof toolSchema>>
