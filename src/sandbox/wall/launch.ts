import { dirname, join } from 'node:path'
import { denoArgs } from '../deno-args.ts'
import { runnerProgram } from '../image/recipe.ts'
import { bubblewrapArgs, INSIDE } from './bubblewrap.ts'
import { denoLibraries } from './host-tools.ts'

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
 * Limits of the kernel, for what nobody should ever reach: no core dump; a written file of 64 MiB (`-f` counts 512
 * bytes); 256 open files; 8 GiB of data, which is the largest heap that can be asked for, twice. Where a stricter limit
 * is in force already, that one stays.
 */
const LIMITS_SCRIPT = `
for limit in 'c 0' 'f 131072' 'n 256' 'd 8388608'; do ulimit -$limit 2>/dev/null; done
exec "$@"
`

/** The whole command line of a worker, walls and kernel limits included. */
export function launchWorker(facts: LaunchFacts): Launch {
  const script = runnerProgram('main')
  if (facts.bubblewrap === null) {
    const args = denoArgs({
      readable: [facts.image],
      writable: [],
      script,
      argument: JSON.stringify({ image: `${facts.image}/` }),
    })
    return limited([facts.deno, ...args], { ...MALLOC_ENV, DENO_DIR: facts.denoDir })
  }
  const runner = dirname(script)
  const mounts = {
    deno: facts.deno,
    libraries: denoLibraries(),
    image: facts.image,
    runner,
    protocol: join(runner, '..', 'protocol'),
    denoDir: facts.denoDir,
  }
  const wall = bubblewrapArgs(mounts, { ...MALLOC_ENV, DENO_DIR: INSIDE.denoDir })
  const args = denoArgs({
    readable: [INSIDE.image],
    writable: [],
    script: `${INSIDE.runner}/${script.slice(runner.length + 1)}`,
    argument: JSON.stringify({ image: `${INSIDE.image}/` }),
  })
  return limited([facts.bubblewrap, ...wall, INSIDE.deno, ...args], {})
}

function limited(command: readonly string[], env: Readonly<Record<string, string>>): Launch {
  if (process.platform === 'win32') return { path: command[0] ?? '', args: command.slice(1), env }
  return { path: '/bin/sh', args: ['-c', LIMITS_SCRIPT, 'agentchat-worker', ...command], env }
}
