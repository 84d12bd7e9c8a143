import { type Command, InvalidArgumentError, Option } from 'commander'
import { addDenial, addGrant, type Grant } from './grant.ts'

const MEBIBYTE = 2 ** 20

/** What the flags say of the sandbox in which a command runs Python. */
export interface SandboxFlags {
  readonly timeout?: number
  readonly memory?: number
  readonly cpu?: number
  readonly maxOutput?: number
  readonly image?: string
  readonly packages?: readonly string[]
  readonly autoInstall?: true
  readonly wheels?: string
  readonly allowEnv?: Grant
  readonly allowRead?: Grant
  readonly allowWrite?: Grant
  readonly allowNet?: Grant
  readonly allowRun?: Grant
  readonly allowFfi?: Grant
  readonly denyNet?: string[]
}

const GRANTS = [
  ['env', 'environment variables'],
  ['read', 'files to read'],
  ['write', 'files to write'],
  ['net', 'hosts to connect to'],
  ['run', 'programs to start'],
  ['ffi', 'native libraries to load'],
] as const

/** Adds the flags for limits. */
export function addLimitFlags(command: Command): Command {
  return command
    .option('-t, --timeout <seconds>', 'wall clock of the program (default: 60)', parseNumber)
    .option('-m, --memory <MB>', "Python's memory (default: 512)", parseNumber)
    .option('--cpu <seconds>', 'CPU time of the program (default: no limit)', parseNumber)
    .option('--max-output <MB>', 'output kept of each stream (default: 1)', parseMegabytes)
}

/** Adds the flags for the image and the packages. */
export function addPackageFlags(command: Command): Command {
  return command
    .option('-i, --image <name>', 'image to start from (default: base)')
    .option('-p, --packages <list>', 'Python packages to have, separated by commas', addPackages)
    .option('--auto-install', 'get the packages that the program imports and the image lacks')
    .option('-w, --wheels <folder>', 'folder with wheel files, looked at first')
}

/** Adds a flag for each permission, and what stays refused. */
export function addPermissionFlags(command: Command): Command {
  for (const [kind, what] of GRANTS) {
    command.addOption(new Option(`--allow-${kind} [list]`, what).argParser(addGrant))
  }
  return command.addOption(
    new Option(
      '--deny-net <list>',
      'hosts, addresses and ranges that stay refused (default: all that is not the public internet; "none" lifts it)',
    ).argParser(addDenial),
  )
}

/** The options of the library that the flags set. */
export function sandboxOptionsOf(flags: SandboxFlags) {
  const { allowEnv, allowRead, allowWrite, allowNet, allowRun, allowFfi, denyNet } = flags
  return {
    timeoutSeconds: flags.timeout,
    cpuSeconds: flags.cpu,
    memoryLimitMb: flags.memory,
    maxOutputBytes: flags.maxOutput,
    image: flags.image,
    packages: flags.packages === undefined ? undefined : [...flags.packages],
    autoInstall: flags.autoInstall,
    wheels: flags.wheels,
    ...{ allowEnv, allowRead, allowWrite, allowNet, allowRun, allowFfi, denyNet },
  }
}

/** Which flag sets an option of the library. */
const FLAG_OF: Readonly<Record<string, string>> = {
  timeoutSeconds: '--timeout',
  cpuSeconds: '--cpu',
  memoryLimitMb: '--memory',
  maxOutputBytes: '--max-output',
  packages: '--packages',
  autoInstall: '--auto-install',
  wheels: '--wheels',
  image: '--image',
  concurrency: '--concurrency',
}

/**
 * What is wrong with the options that flags set, each named as it was given; null where an error is about something else.
 * It is told by its code and not by its class: the library is loaded only when it is needed.
 */
export function problemsOfFlags(error: unknown): string | null {
  if (!(error instanceof Error && 'code' in error && error.code === 'invalid-options')) return null
  if (!('problems' in error && Array.isArray(error.problems))) return error.message
  return error.problems.map(({ path, problem }) => `${FLAG_OF[path] ?? path}: ${problem}`).join('; ')
}

/** Reads a list such as `numpy>=2,<3,pandas`: a comma before a comparison belongs to the package before it. */
export function addPackages(text: string, earlier: readonly string[] = []): string[] {
  const entries = text.split(/,(?!\s*(?:[<>!~=]=?|===))/).map((entry) => entry.trim())
  return [...earlier, ...entries.filter((entry) => entry !== '')]
}

/** @throws InvalidArgumentError */
export function parseNumber(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.')
  return value
}

function parseMegabytes(text: string): number {
  return Math.round(parseNumber(text) * MEBIBYTE)
}
