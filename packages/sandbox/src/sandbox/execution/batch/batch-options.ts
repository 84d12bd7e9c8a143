import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { late } from '../../../protocol/late.ts'
import { InvalidOptionsError } from '../../errors/errors.ts'
import type { SandboxError } from '../../errors/sandbox-error.ts'
import { parseOptions } from '../../parse-options.ts'
import type { CodeExecutionResult } from '../../result/result.ts'
import type { ExecutionOptions } from '../execution-options.ts'

/** The descriptions are a table in `docs/options.md`: `npm run docs` writes it. */
export const batchOptionsSchema = late(() =>
  z.strictObject({
    concurrency: z
      .int()
      .min(1)
      .max(1024)
      .default(availableParallelism())
      .describe(
        'Programs that run at a time, each in a process of its own; places of the pool count for them, too. By default one for each core.',
      ),
    signal: z
      .custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal')
      .optional()
      .describe(
        'An `AbortSignal` that ends the batch: what runs is `cancelled`, the rest is not begun. By default none.',
      ),
  }),
)

/** What a caller may say of a batch. */
export type BatchOptions = z.input<ReturnType<typeof batchOptionsSchema>>

/** The same after parsing. */
export type BatchSettings = z.output<ReturnType<typeof batchOptionsSchema>>

/** One program of a batch: its code, and the options of its execution. */
export interface BatchProgram extends Omit<ExecutionOptions, 'signal' | 'sessionBytes' | 'sessionMetadata'> {
  readonly code: string
}

/** Many programs, as they come. */
export type BatchPrograms = Iterable<string | BatchProgram> | AsyncIterable<string | BatchProgram>

/** What became of one program of a batch: its result, or why it could not be run. */
export type BatchItem =
  | { readonly index: number; readonly result: CodeExecutionResult; readonly error: null }
  | { readonly index: number; readonly result: null; readonly error: SandboxError }

/**
 * Checks the options of a batch.
 * @throws InvalidOptionsError naming every option that is wrong
 */
export function parseBatchOptions(options: BatchOptions): BatchSettings {
  return parseOptions(batchOptionsSchema(), options, 'batch options')
}

/**
 * Checks that these are programs that can be taken one after the other.
 * @throws InvalidOptionsError
 */
export function parsePrograms(programs: unknown): BatchPrograms {
  if (typeof programs === 'object' && programs !== null) {
    if (Symbol.asyncIterator in programs || Symbol.iterator in programs) return programs as BatchPrograms
  }
  throw new InvalidOptionsError('arguments', [
    { path: 'programs', problem: 'must be an iterable or async iterable of programs' },
  ])
}

/**
 * The code and the options of one program.
 * @throws InvalidOptionsError when it is neither a text nor an object
 */
export function parseProgram(program: unknown): BatchProgram {
  if (typeof program === 'string') return { code: program }
  if (typeof program === 'object' && program !== null) return program as BatchProgram
  throw new InvalidOptionsError('arguments', [
    { path: 'program', problem: `must be a string or an object with "code", got ${String(program)}` },
  ])
}
