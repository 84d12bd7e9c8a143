import type { BatchItem, CodeExecutionResult, PythonRunner } from 'agentchat-sandbox'
import type { ServiceContext } from '../context.ts'
import type { GrantedProgram } from './batch-request.ts'

/** What became of one program; what it could not be run for may be an error of the services, too. */
export interface ProgramItem extends Pick<BatchItem, 'index' | 'result'> {
  readonly error: unknown
}

/**
 * Runs programs one after the other, each in a fresh interpreter: in a worker that they share, or on machines, each wherever
 * there is room. The next one is asked for when what came of the last one was taken.
 */
export async function* batchItems(
  { machines, sandboxes }: Pick<ServiceContext, 'machines' | 'sandboxes'>,
  programs: AsyncIterable<GrantedProgram>,
  signal: AbortSignal,
): AsyncGenerator<ProgramItem, void, void> {
  if (machines === null) {
    yield* sandboxes.batch(programs, { signal, concurrency: 1 })
    return
  }
  let index = 0
  for await (const program of programs) {
    yield* itemOf(machines.programRunner(), program, { index, signal })
    index += 1
  }
}

async function* itemOf(
  runner: PythonRunner,
  { code, ...options }: GrantedProgram,
  { index, signal }: { readonly index: number; readonly signal: AbortSignal },
): AsyncGenerator<ProgramItem, void, void> {
  let result: CodeExecutionResult | null = null
  try {
    for await (const event of runner.stream(code, { ...options, signal })) {
      if (event.type !== 'finished') continue
      result = event.result
      // Before the machine is told that nobody needs it any more.
      yield { index, result, error: null }
    }
  } catch (error) {
    if (result !== null) throw error
    yield { index, result, error }
  }
}
