import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RunnerArguments } from '../../protocol/host-messages.ts'
import { temporaryRoot } from '../host/guardian.ts'
import { runnerProgram } from '../host/runner-files.ts'
import type { FileAccess } from '../permissions/file-access.ts'
import {
  type LibraryAccess,
  type LibraryBind,
  NO_LIBRARIES,
  withoutReplaced,
} from '../permissions/library-access.ts'
import { isInside } from '../permissions/real-path.ts'
import { bubblewrapArgs, type WallMounts } from './bubblewrap.ts'
import { denoArgs } from './deno-args.ts'
import { denoLibraries } from './host-tools.ts'
import { insidePaths } from './inside.ts'
import { withKernelLimits } from './kernel-limits.ts'
import { seccompFilter } from './seccomp.ts'
import type { SecondWall } from './second-wall.ts'

/** What stands between a worker and the host. */
export type Wall = 'deno' | 'bubblewrap'

/** What is needed to start a worker. */
export interface LaunchFacts {
  readonly deno: string
  /** Folder of the image. */
  readonly image: string
  /** The worker's own folder for Deno's caches. */
  readonly denoDir: string
  /** Null for the first wall alone. */
  readonly wall: SecondWall | null
  /** What of the host's files is granted. */
  readonly files: FileAccess
  /** Which libraries of the host are granted; by default none. */
  readonly libraries?: LibraryAccess
  /** Does the image hold packages? By default not. */
  readonly packages?: boolean
  /** Another program than that of a worker. */
  readonly program?: LaunchProgram
  /** A named pipe for Deno's notes of what it was asked for, or null. */
  readonly audit: string | null
}

/** A program of the runner. */
export interface LaunchProgram {
  readonly name: 'build-image' | 'build-packages'
  /** What it is told, for the folder of the image as it sees it. */
  readonly argument: (image: string) => object
}

type CompleteFacts = LaunchFacts & Required<Pick<LaunchFacts, 'libraries'>>

/** A command, ready to be spawned. */
export interface Launch {
  readonly path: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Lets glibc give large buffers back at once: 7 MB less for a warm worker (mallopt(3)). */
const MALLOC_ENV = { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '1048576' }

/** The whole command line of a worker, walls and kernel limits included. */
export function launchWorker(asked: LaunchFacts): Launch {
  const facts = { ...asked, libraries: withoutReplaced(asked.libraries ?? NO_LIBRARIES) }
  return facts.wall === null ? launchBehindDeno(facts) : launchBehindBoth(facts, facts.wall)
}

function launchBehindDeno(facts: CompleteFacts): Launch {
  const args = workerArgs(facts, facts.image, runnerProgram(facts.program?.name ?? 'main'))
  return limited(facts, [facts.deno, ...args], { env: denoEnv(facts.denoDir, facts.audit) })
}

function launchBehindBoth(facts: CompleteFacts, { bubblewrap, sealed, filtered }: SecondWall): Launch {
  const script = runnerProgram(facts.program?.name ?? 'main')
  const runner = dirname(script)
  const { files, libraries: granted, deno, image, denoDir, audit } = facts
  const shown = granted.binds.map(({ inside }) => ({ target: inside }))
  const inside = insidePaths([...shown, ...files.binds])
  const mounts = {
    deno,
    libraries: librariesBeyond(granted.binds),
    image,
    runner,
    protocol: join(runner, '..', 'protocol'),
    denoDir,
    audit,
    granted: granted.binds,
    binds: files.binds,
    inside,
    sealed,
  }
  const filter = filtered ? seccompFile() : null
  const before = bubblewrapArgs(mounts, denoEnv(inside.denoDir, audit === null ? null : inside.audit))
  const args = workerArgs(facts, inside.image, `${inside.runner}/${script.slice(runner.length + 1)}`)
  const filtering = filter === null ? [] : ['--seccomp', '9']
  return limited(facts, [bubblewrap, ...filtering, ...before, inside.deno, ...args], { filter })
}

/** Where a folder of the system is shown, the loader finds there what it finds on the host, links included. */
function librariesBeyond(binds: readonly LibraryBind[]): WallMounts['libraries'] {
  return denoLibraries().filter(({ inside }) => !binds.some((bind) => isInside(bind.inside, inside)))
}

function workerArgs(facts: CompleteFacts, image: string, script: string): string[] {
  const { files, libraries, program } = facts
  const argument = program === undefined ? argumentOf(facts, image) : program.argument(image)
  return denoArgs({
    readable: files.read === true || [image, ...files.read],
    writable: files.write,
    loadable: libraries.load,
    script,
    argument: JSON.stringify(argument),
  })
}

function argumentOf({ files, libraries, packages }: CompleteFacts, image: string): RunnerArguments {
  return {
    image: `${image}/`,
    ...(files.plan === null ? {} : { files: files.plan }),
    ...(libraries.plan === null ? {} : { libraries: libraries.plan }),
    ...(packages ? { packages } : {}),
  }
}

function denoEnv(denoDir: string, audit: string | null): Record<string, string> {
  const env = { ...MALLOC_ENV, DENO_DIR: denoDir }
  return audit === null ? env : { ...env, DENO_AUDIT_PERMISSIONS: audit }
}

function limited(
  { files }: LaunchFacts,
  command: readonly string[],
  { env = {}, filter = null }: { readonly env?: Record<string, string>; readonly filter?: string | null },
): Launch {
  const mayWrite = files.write === true || files.write.length > 0
  const [path = '', ...args] = withKernelLimits(command, { mayWrite, open: filter })
  return { path, args, env }
}

/** A file with the filter, for bubblewrap to read; null where there is none. Made again when somebody has removed it. */
function seccompFile(): string | null {
  const filter = seccompFilter()
  if (filter === null) return null
  const path = join(temporaryRoot(), 'seccomp.bpf')
  if (!existsSync(path)) writeFileSync(path, filter, { mode: 0o600 })
  return path
}
