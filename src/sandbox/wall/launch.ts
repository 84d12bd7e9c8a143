import { dirname, join } from 'node:path'
import type { RunnerArguments } from '../../protocol/host-messages.ts'
import { denoArgs } from '../deno-args.ts'
import { runnerProgram } from '../image/recipe.ts'
import type { FileAccess } from '../permissions/file-access.ts'
import { bubblewrapArgs } from './bubblewrap.ts'
import { denoLibraries } from './host-tools.ts'
import { insidePaths } from './inside.ts'

/** What stands between a worker and the host. */
export type Wall = 'deno' | 'bubblewrap'

/** What is needed to start a worker. */
export interface LaunchFacts {
  readonly deno: string
  /** Folder of the image. */
  readonly image: string
  /** The worker's own folder for Deno's caches. */
  readonly denoDir: string
  /** Path of bubblewrap, or null for the first wall alone. */
  readonly bubblewrap: string | null
  /** What of the host's files is granted. */
  readonly files: FileAccess
  /** What runs there, and what it is told. */
  readonly program: LaunchProgram
  /** A named pipe for Deno's notes of what it was asked for, or null. */
  readonly audit: string | null
}

/** A program of the runner. */
export interface LaunchProgram {
  readonly name: 'main' | 'build-image'
  /** Its argument, for the folder of the image as the program sees it. */
  readonly argument: (image: string) => object
}

/** What a worker is told. */
export function workerProgram({ files, packages }: WorkerFacts): LaunchProgram {
  const argument = (image: string): RunnerArguments => ({
    image: `${image}/`,
    ...(files.plan === null ? {} : { files: files.plan }),
    ...(packages ? { packages } : {}),
  })
  return { name: 'main', argument }
}

interface WorkerFacts {
  readonly files: FileAccess
  /** Does the image hold packages? */
  readonly packages: boolean
}

/** A command, ready to be spawned. */
export interface Launch {
  readonly path: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Lets glibc give large buffers back at once: 7 MB less for a warm worker (mallopt(3)). */
const MALLOC_ENV = { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '1048576' }

/**
 * Limits of the kernel, for what nobody should ever reach: no core dump; a written file of 64 MiB (in units of 512
 * bytes), or of any size where writing is granted, whose quota is counted elsewhere; 256 open files; 8 GiB of data, which
 * is the largest heap that can be asked for, twice. Where a stricter limit is in force already, that one stays.
 */
const LIMITS_SCRIPT = `
size=$1; shift
for limit in 'c 0' "f $size" 'n 256' 'd 8388608'; do ulimit -$limit 2>/dev/null; done
exec "$@"
`
const MAX_FILE_BLOCKS = '131072'

/** The whole command line of a worker, walls and kernel limits included. */
export function launchWorker(facts: LaunchFacts): Launch {
  return facts.bubblewrap === null ? launchBehindDeno(facts) : launchBehindBoth(facts, facts.bubblewrap)
}

function launchBehindDeno(facts: LaunchFacts): Launch {
  const args = programArgs(facts, facts.image, runnerProgram(facts.program.name))
  return limited(facts, [facts.deno, ...args], denoEnv(facts.denoDir, facts.audit))
}

function launchBehindBoth(facts: LaunchFacts, bubblewrap: string): Launch {
  const script = runnerProgram(facts.program.name)
  const runner = dirname(script)
  const { files, deno, image, denoDir, audit } = facts
  const inside = insidePaths(files.binds)
  const mounts = {
    deno,
    libraries: denoLibraries(),
    image,
    runner,
    protocol: join(runner, '..', 'protocol'),
    denoDir,
    audit,
    binds: files.binds,
    inside,
  }
  const wall = bubblewrapArgs(mounts, denoEnv(inside.denoDir, audit === null ? null : inside.audit))
  const args = programArgs(facts, inside.image, `${inside.runner}/${script.slice(runner.length + 1)}`)
  return limited(facts, [bubblewrap, ...wall, inside.deno, ...args], {})
}

function programArgs({ files, program }: LaunchFacts, image: string, script: string): string[] {
  return denoArgs({
    readable: files.read === true || [image, ...files.read],
    writable: files.write,
    script,
    argument: JSON.stringify(program.argument(image)),
  })
}

function denoEnv(denoDir: string, audit: string | null): Record<string, string> {
  const env = { ...MALLOC_ENV, DENO_DIR: denoDir }
  return audit === null ? env : { ...env, DENO_AUDIT_PERMISSIONS: audit }
}

function limited(
  { files }: LaunchFacts,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Launch {
  if (process.platform === 'win32') return { path: command[0] ?? '', args: command.slice(1), env }
  const mayWrite = files.write === true || files.write.length > 0
  const blocks = mayWrite ? 'unlimited' : MAX_FILE_BLOCKS
  return { path: '/bin/sh', args: ['-c', LIMITS_SCRIPT, 'agentchat-worker', blocks, ...command], env }
}
