import { z } from 'zod'
import { CALL_DATA_BYTES, CALL_JSON_BYTES } from '../../protocol/frames.ts'
import { late } from '../../protocol/late.ts'

const MAX_DEADLINE_MS = 2 ** 31 - 1
const MAX_SIGNAL = 64

/** The calls about programs that Python may make, by what follows `run.`. */
export const runCalls = late(() => {
  const deadlineMs = z.number().min(0).max(MAX_DEADLINE_MS).nullable()
  const program = z.int()
  const text = z.string().max(CALL_JSON_BYTES)
  return {
    /** Starts a program, or whichever shell there is; `cwd` is where Python is. */
    start: z.strictObject({
      program: z.string().min(1).max(4096).nullable(),
      args: z.array(text).max(10_000),
      cwd: z.string().max(4096),
      env: z.array(z.tuple([text, text])).max(2000),
      stdin: z.enum(['pipe', 'null']),
      stdout: z.enum(['pipe', 'null']),
      stderr: z.enum(['pipe', 'null', 'stdout']),
    }),
    /** Asks where a program is that may be started. */
    find: z.strictObject({ program: z.string().min(1).max(4096) }),
    /** Asks for output. */
    read: z.strictObject({
      program,
      stream: z.enum(['stdout', 'stderr']),
      max: z.int().min(1).max(CALL_DATA_BYTES),
      deadlineMs,
    }),
    /** Waits for the end, or, with bytes, until they are sent. */
    wait: z.strictObject({ program, deadlineMs }),
    /** Sends a signal. */
    kill: z.strictObject({ program, signal: z.int().min(1).max(MAX_SIGNAL) }),
    /** Closes the input, or lets go of a program. */
    program: z.strictObject({ program }),
  }
})

/** A start that has the right shape; nothing else is known of it. */
export type StartCall = z.output<ReturnType<typeof runCalls>['start']>
