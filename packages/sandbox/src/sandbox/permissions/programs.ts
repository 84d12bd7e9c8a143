import { accessSync, constants, statSync } from 'node:fs'
import { basename, delimiter, extname, isAbsolute, join } from 'node:path'
import { EntryRefusal, parseEntries, quoted } from './entries.ts'
import { type FileIdentity, identify, isSameFile } from './file-identity.ts'
import { absolutePath, realPath, refuseSystemPath } from './real-path.ts'
import { readScriptLine } from './script-interpreter.ts'

/** An executable file as it was when the sandbox was made. */
export interface Executable {
  /** Absolute, as asked for or found. Start `target` with this as its name (`argv0`): BusyBox goes by it. */
  readonly path: string
  /** `path` with every link followed. */
  readonly target: string
  /** Whether it is a shell: only then may `os.system` and `shell=True` use it. */
  readonly shell: boolean
  readonly identity: FileIdentity
}

/** A program that the owner granted. */
export interface GrantedProgram extends Executable {
  /** The name that Python may call it by, besides `path` and `target`; of two with one name the first is meant. */
  readonly name: string
  /** For a script, what to start in its place: `target` with `args`, then the script. Null for any other program. */
  readonly interpreter: (Executable & { readonly args: readonly string[] }) | null
}

/** What the entries of `allowRun` are read against. */
export interface ProgramContext {
  /** Absolute; where relative entries start. */
  readonly cwd: string
  /** The text of PATH. Its relative and empty parts are passed over. */
  readonly searchPath: string
}

const SUFFIXES = process.platform === 'win32' ? ['.exe', '.com', ''] : ['']

/**
 * Looks up each entry of `allowRun`, a name through PATH or a path. A script must be given by its path, and one for a
 * shell needs that shell in the list as well. A granted program may do all that its own arguments let it do: `env`,
 * `xargs`, `find` or an interpreter start whatever they are told to.
 * @throws InvalidOptionsError naming each entry that is not an executable file or cannot be granted exactly
 */
export function resolveGrantedPrograms(
  entries: readonly string[],
  context: ProgramContext,
): GrantedProgram[] {
  const programs = parseEntries('allowRun', entries, (entry) => resolveProgram(entry, context))
  const shells = new Set(programs.filter(({ shell }) => shell).map(({ target }) => target))
  parseEntries('allowRun', entries, (_entry, index) => {
    const interpreter = programs[index]?.interpreter
    if (!interpreter?.shell || shells.has(interpreter.target)) return
    throw new EntryRefusal(`is a script for the shell ${quoted(interpreter.path)}; grant that shell as well`)
  })
  return [...new Map(programs.map((program) => [`${program.name}\0${program.path}`, program])).values()]
}

/** Whether a program, and the interpreter of a script, still are the files that were granted. Ask before each start. */
export function isUnchanged({ target, identity, interpreter }: GrantedProgram): boolean {
  return (
    isSameFile(target, identity) &&
    (interpreter === null || isSameFile(interpreter.target, interpreter.identity))
  )
}

/** The granted program that Python means by `asked`, a name or an absolute path; null when there is none. */
export function findProgram(programs: readonly GrantedProgram[], asked: string): GrantedProgram | null {
  return (
    programs.find(({ name }) => name === asked) ??
    programs.find(({ path }) => path === asked) ??
    programs.find(({ target }) => target === asked) ??
    null
  )
}

function resolveProgram(entry: string, context: ProgramContext): GrantedProgram {
  const asPath = absolutePath(entry, context.cwd)
  const isName = !/[/\\]/.test(entry)
  const program = executableAt(isName ? searched(entry, context) : asPath)
  const line = readScriptLine(program.target)
  const name = isName ? entry : basename(asPath)
  if (line === null) return { ...program, name, interpreter: null }
  if (isName) throw new EntryRefusal(`is a script; grant it by its path: write ${quoted(program.path)}`)
  const interpreter = executableAt(isAbsolute(line.program) ? line.program : searched(line.program, context))
  if (readScriptLine(interpreter.target) !== null) {
    throw new EntryRefusal(`is a script whose interpreter ${quoted(interpreter.path)} is a script too`)
  }
  return { ...program, name, interpreter: { ...interpreter, args: line.args } }
}

function executableAt(path: string): Executable {
  refuseSystemPath(path)
  const target = realPath(path)
  refuseSystemPath(target)
  if (!isExecutableFile(target)) throw new EntryRefusal(`is not an executable file (${quoted(target)})`)
  // Windows hands these to its shell, whatever we ask for.
  if (/^\.(?:bat|cmd)$/i.test(extname(target)))
    throw new EntryRefusal('is a batch file, which runs in a shell')
  return { path, target, shell: isShell(path, target), identity: identityOf(target) }
}

function identityOf(target: string): FileIdentity {
  try {
    return identify(target)
  } catch (error) {
    throw new EntryRefusal(`cannot be read (${quoted(target)}), so a later replacement could not be seen`, {
      cause: error,
    })
  }
}

function searched(name: string, { cwd, searchPath }: ProgramContext): string {
  const folders = searchPath.split(delimiter).filter((folder) => isAbsolute(folder))
  const found = folders
    .flatMap((folder) => SUFFIXES.map((suffix) => join(folder, name + suffix)))
    .find(isExecutableFile)
  if (found === undefined) throw new EntryRefusal(`is not a program in any folder of PATH (${quoted(name)})`)
  return absolutePath(found, cwd)
}

/** Whether there is a file that this process may execute. */
export function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** With a version behind it (`bash-5.2`, `ksh93`) or `.exe`, a shell is still one. */
const SHELL =
  /^r?(?:sh|ash|bash|busybox|cmd|csh|dash|elvish|fish|ksh|mksh|nu|osh|powershell|pwsh|tcsh|toybox|xonsh|yash|zsh)(?:[-.\d]*)(?:-static|\.exe)?$/i

/** Programs that hold many others and go by the name that they are started as. */
const MULTI_CALL = /^(?:busybox|toybox)/i

/**
 * Whether starting `target` under the name `startedAs` gives a shell. A link `ls` to BusyBox is none, as long as the
 * program is started under that name.
 */
export function isShell(startedAs: string, target: string): boolean {
  const name = basename(target)
  return SHELL.test(basename(startedAs)) || (SHELL.test(name) && !MULTI_CALL.test(name))
}
