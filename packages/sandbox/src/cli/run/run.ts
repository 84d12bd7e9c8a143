import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { sandboxOptionsOf } from 'agentchat-sandbox-base/command/sandbox-flags'
import { secretOptionsOf } from 'agentchat-sandbox-base/command/secret-flags'
import type { CodeExecutionResult, ExecutionEvent, SandboxOptions } from '../../sandbox/index.ts'
import { chosenExitCode, EXIT_CODE_OF, EXIT_NOBODY_READS } from '../exit-codes.ts'
import { OutputPipe } from '../output-pipe.ts'
import { WaitDisplay } from '../wait-display.ts'
import { inputsOf, saveFiles } from './files.ts'
import { type Interruption, watchSignals } from './interruption.ts'
import { readSource } from './read-source.ts'
import { reportOf } from './report.ts'
import type { RunFlags } from './run-flags.ts'

/** One call of `run`. */
export interface RunCall {
  readonly file: string | undefined
  readonly args: readonly string[]
  readonly flags: RunFlags
}

/**
 * Runs a program, shows what it writes, and gives the exit code.
 * @throws UsageError
 * @throws SandboxError
 */
export async function run({ file, args, flags }: RunCall): Promise<number> {
  if (flags.batch !== undefined) {
    refuseBeside(file, flags)
    return await (await import('./run-batch.ts')).runBatch(flags.batch, flags)
  }
  using interruption = watchSignals()
  const [source, { PyodideSandbox }] = await Promise.all([
    readSource(file, flags),
    import('../../sandbox/index.ts'),
  ])
  using display = new WaitDisplay('starting Python')
  await using sandbox = new PyodideSandbox(await optionsOf(flags, display))
  const { code, ...input } = source
  if (flags.dryRun) {
    const { showNeeds } = await import('./show-needs.ts')
    return await showNeeds(await sandbox.inspect(code, { signal: interruption.signal }), flags)
  }
  const files = inputsOf(flags.file ?? [])
  const events = sandbox.stream(code, { ...input, args: [...args], files, signal: interruption.signal })
  return await show(events, flags, (event) => {
    if (event.type === 'started') {
      display.end()
      interruption.runHasBegun()
    }
    return event.type === 'finished' ? exitCodeOf(event.result, flags, interruption) : null
  })
}

/** Each line of a batch says for itself what its program is given. */
function refuseBeside(file: string | undefined, flags: RunFlags): void {
  const beside = (['code', 'stdin', 'file', 'out', 'dryRun'] as const).find(
    (name) => flags[name] !== undefined,
  )
  if (file !== undefined) throw new UsageError(`--batch and the file "${file}" are two sources of programs`)
  if (beside !== undefined)
    throw new UsageError(`--batch does not go with --${beside === 'dryRun' ? 'dry-run' : beside}`)
}

/** Writes the events out, or their end as JSON. `look` sees each event first and knows the exit code at the end. */
async function show(
  events: AsyncIterable<ExecutionEvent>,
  { json, out }: Pick<RunFlags, 'json' | 'out'>,
  look: (event: ExecutionEvent) => number | null,
): Promise<number> {
  const stdout = new OutputPipe(process.stdout)
  const stderr = new OutputPipe(process.stderr)
  for await (const event of events) {
    const exitCode = look(event)
    if (event.type === 'stdout' && !json) await stdout.write(event.text)
    if (event.type === 'stderr' && !json) await stderr.write(event.text)
    if (event.type === 'finished') {
      const saved = await saveFiles(event.result, out)
      if (json) await stdout.write(`${JSON.stringify(event.result, null, stdout.isTerminal ? 2 : 0)}\n`)
      else await stderr.write(reportOf(event.result, saved, { stdout, stderr }))
    }
    // Leaving the loop ends Python: nobody would read what it still has to say.
    if (stdout.broken) return EXIT_NOBODY_READS
    if (exitCode !== null) return exitCode
  }
  throw new TypeError('Cannot tell how the run ended: the stream has no "finished" event')
}

async function optionsOf(flags: RunFlags, display: WaitDisplay): Promise<SandboxOptions> {
  return {
    ...sandboxOptionsOf(flags),
    ...(await secretOptionsOf(flags)),
    pool: { min: 0, max: 1 },
    onProgress: (progress) => display.progress(progress),
  }
}

/** With `--json` the document says how the program ended itself, and the exit code only that it failed. */
function exitCodeOf(
  { error }: CodeExecutionResult,
  { json }: Pick<RunFlags, 'json'>,
  interruption: Interruption,
): number {
  if (interruption.exitCode !== null) return interruption.exitCode
  if (error === null) return EXIT_SUCCESS
  return (json ? null : chosenExitCode(error)) ?? EXIT_CODE_OF[error.kind]
}
