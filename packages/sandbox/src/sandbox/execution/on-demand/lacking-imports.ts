import type { FoundImport } from '../../../protocol/runner-messages.ts'
import { findImports } from '../../worker/imports-question.ts'
import type { Worker } from '../../worker/worker.ts'
import type { ExecutionRequest } from '../request.ts'

/** The modules that the code of a request imports and that are neither in the worker nor among its own files. */
export async function lackingImports(
  worker: Worker,
  { message, limits, signal, inputs }: ExecutionRequest,
): Promise<readonly FoundImport[]> {
  const { memoryLimitBytes } = limits
  const found = await findImports(worker, message.code, { memoryLimitBytes, signal })
  const own = new Set(Object.keys(inputs).map((path) => path.split('/')[0]?.replace(/\.py$/, '')))
  return found.filter(({ name }) => !own.has(name.split('.')[0]))
}
