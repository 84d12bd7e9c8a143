/** What decides a worker's command line. */
export interface DenoGrant {
  /** Our own assets and what `allowRead` grants, absolute, without a comma; `true` for everything. */
  readonly readable: true | readonly string[]
  /** What `allowWrite` grants; the program that builds an image has a folder of its own here. */
  readonly writable: true | readonly string[]
  /** The native libraries that `allowFfi` grants, absolute; `true` for every one. Opening them needs no other flag. */
  readonly loadable: true | readonly string[]
  readonly script: string
  /** The only argument of the script; visible to other users of the machine, so it holds no secret. */
  readonly argument: string
}

/**
 * Python recurses through C until its own limits say RecursionError: the stack of WebAssembly must reach further than
 * they do. Each call that waits has one, and holds as much of it as it has used. V8 can let stacks grow instead
 * (`--experimental-wasm-growable-stacks`), but then it sometimes writes past their end, and the process dies. In kB; below
 * `s` of the limits that the kernel keeps.
 */
const STACK_KB = 60_000

const V8_FLAGS = [
  '--max-old-space-size=256,--disallow-code-generation-from-strings',
  `--wasm-stack-switching-stack-size=${STACK_KB},--stack-size=${STACK_KB}`,
]

/**
 * The complete command line of every Deno process that we start. Pure, so that one table shows every flag we ever
 * pass. Each flag that is not a grant closes something that "deny everything" leaves open (`docs/threat-model.md`).
 */
export function denoArgs({ readable, writable, loadable, script, argument }: DenoGrant): string[] {
  return [
    'run',
    '--quiet',
    '--no-prompt',
    // Both: a remote or npm import opens connections although net is denied.
    '--no-remote',
    '--no-npm',
    '--no-config',
    '--no-lock',
    '--no-check',
    ...pathFlag('--allow-read', readable),
    ...pathFlag('--allow-write', writable),
    ...pathFlag('--allow-ffi', loadable),
    `--v8-flags=${V8_FLAGS.join(',')}`,
    script,
    argument,
  ]
}

function pathFlag(flag: string, paths: true | readonly string[]): string[] {
  if (paths === true) return [flag]
  for (const path of paths) {
    // Deno splits the list at commas: a comma inside a path is a second path to it; no text at all is every path.
    if (path === '' || /[,\0]/.test(path))
      throw new TypeError(`Cannot grant "${path}": Deno reads a comma as the end of a path`)
  }
  return paths.length === 0 ? [] : [`${flag}=${paths.join(',')}`]
}
