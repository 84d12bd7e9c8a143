import { EXIT_SUCCESS } from 'agentchat-sandbox-base/command/outcome'
import { sandboxOptionsOf } from 'agentchat-sandbox-base/command/sandbox-flags'
import { secretOptionsOf } from 'agentchat-sandbox-base/command/secret-flags'
import type { BatchItem, BatchProgram } from '../../sandbox/index.ts'
import { EXIT_NOBODY_READS } from '../exit-codes.ts'
import { OutputPipe } from '../output-pipe.ts'
import { WaitDisplay } from '../wait-display.ts'
import { type BatchLine, batchLines } from './batch-lines.ts'
import { BatchProgress } from './batch-progress.ts'
import { type Interruption, watchSignals } from './interruption.ts'
import type { RunFlags } from './run-flags.ts'

/** At least one program of a batch failed. */
const EXIT_SOME_FAILED = 1

/**
 * Runs the programs of a file and writes what became of each as a line of JSON, in their order. Gives the exit code.
 * @throws UsageError
 * @throws SandboxError
 */
export async function runBatch(path: string, flags: RunFlags): Promise<number> {
  using interruption = watchSignals()
  const { PyodideSandbox } = await import('../../sandbox/index.ts')
  using display = new WaitDisplay('starting Python')
  const { concurrency } = flags
  await using sandbox = new PyodideSandbox({
    ...sandboxOptionsOf(flags),
    ...(await secretOptionsOf(flags)),
    pool: { min: 0, ...(isCount(concurrency) ? { max: concurrency } : {}) },
    onProgress: (progress) => display.progress(progress),
  })
  const lines: BatchLine[] = []
  const items = sandbox.batch(programsOf(batchLines(path), lines), {
    concurrency,
    signal: interruption.signal,
  })
  return await show(items, { lines, display, interruption })
}

/** What is no count, the batch refuses by its own name. */
function isCount(value: number | undefined): value is number {
  return Number.isInteger(value) && Number(value) >= 1
}

interface Shown {
  /** By the index of their programs. */
  readonly lines: (BatchLine | undefined)[]
  readonly display: WaitDisplay
  readonly interruption: Interruption
}

async function show(
  items: AsyncIterable<BatchItem>,
  { lines, display, interruption }: Shown,
): Promise<number> {
  const stdout = new OutputPipe(process.stdout)
  using progress = new BatchProgress()
  interruption.runHasBegun()
  for await (const { index, result, error } of items) {
    display.end()
    const { id, problem } = lines[index] ?? { id: null, problem: null }
    lines[index] = undefined
    const told = error === null ? null : { code: error.code, message: problem ?? error.message }
    await stdout.write(`${JSON.stringify({ index, id, result, error: told })}\n`)
    progress.add(result?.status === 'success')
    if (stdout.broken) return EXIT_NOBODY_READS
  }
  display.end()
  progress.end()
  if (interruption.exitCode !== null) return interruption.exitCode
  return progress.failed === 0 ? EXIT_SUCCESS : EXIT_SOME_FAILED
}

/** A line without a program stands in its place as one that is refused. */
async function* programsOf(
  read: AsyncIterable<BatchLine>,
  lines: BatchLine[],
): AsyncGenerator<BatchProgram | string, void, void> {
  for await (const line of read) {
    lines.push(line)
    yield line.program
  }
}
