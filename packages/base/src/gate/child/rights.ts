import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a child process is started with. */
export interface ChildPlan {
  /** The file of its program. */
  readonly program: string
  /** The folder of the package that the program is part of. */
  readonly packageFolder: string
  /** Largest heap of V8, in MiB; past it the process aborts. */
  readonly heapMb: number
  /** Largest message either way. */
  readonly maxMessageBytes: number
}

/**
 * The command line of a process that works on strangers' documents: it reads its own program and what that imports, and
 * may neither write, nor start a process, a thread or a native addon.
 */
export function childArguments(
  { program, packageFolder, heapMb }: ChildPlan,
  permissionFlag: string,
): string[] {
  return [
    permissionFlag,
    '--no-warnings',
    `--max-old-space-size=${heapMb}`,
    '--max-semi-space-size=8',
    ...[packageFolder, ...modulesAbove(packageFolder)].map((folder) => `--allow-fs-read=${folder}`),
    program,
  ]
}

/** What this Node calls the flag: it was experimental before Node 22. */
export function permissionFlag(): string {
  return process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission'
}

/** Where packages of npm are found from a folder. */
function modulesAbove(folder: string): string[] {
  const above = dirname(folder)
  if (above === folder) return []
  const modules = join(above, 'node_modules')
  return [...(existsSync(modules) ? [modules] : []), ...modulesAbove(above)]
}
