import { realpathSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { quoted } from './entries.ts'
import type { Grant, Grants } from './grants.ts'
import { type GrantedPath, grantOf } from './paths.ts'
import { findProgram, type GrantedProgram, isExecutableFile, isUnchanged } from './programs.ts'

/** What Python asks to be started. */
export interface StartRequest {
  /** A name, or an absolute path; null for whichever shell there is. */
  readonly program: string | null
  readonly args: readonly string[]
}

/** What is to be spawned: `file` under the name `argv0`, without a shell. */
export interface ProgramStart {
  readonly file: string
  readonly argv0: string
  readonly args: readonly string[]
  /** The program as it is called: granted or found. */
  readonly path: string
  /** Its real path, for the receipt. */
  readonly value: string
}

/** `code` is `denied`, or the errno of what is missing. */
export type StartDecision =
  | { readonly allowed: true; readonly start: ProgramStart }
  | { readonly allowed: false; readonly code: string; readonly value: string; readonly reason: string }

/** Shells that take a command as `-c command`, the best first. */
const SHELL_NAMES = ['sh', 'dash', 'bash', 'ash', 'ksh', 'mksh', 'zsh', 'yash', 'rbash']

/** Decides whether a program may be started, and as what. Ask right before each start: it looks at the files. */
export function decideStart(
  grant: Grant<GrantedProgram>,
  { program, args }: StartRequest,
  searchPath: string,
): StartDecision {
  if (grant === true) return anyProgram(program ?? '/bin/sh', args, searchPath)
  const programs = grant === false ? [] : grant
  const found = program === null ? findShell(programs) : findProgram(programs, program)
  if (found === null) {
    const what = program === null ? 'a shell' : quoted(program)
    return refused('denied', program ?? 'sh', `Cannot start ${what}: "allowRun" does not name it`)
  }
  if (!isUnchanged(found)) {
    return refused(
      'denied',
      found.path,
      `Cannot start ${quoted(found.path)}: it is no longer the file that "allowRun" granted`,
    )
  }
  return { allowed: true, start: { ...startOf(found, args), path: found.path, value: found.target } }
}

/** A script is started through its interpreter, as the kernel would do it, but with the files that were granted. */
function startOf(
  { path, target, interpreter }: GrantedProgram,
  args: readonly string[],
): Omit<ProgramStart, 'path' | 'value'> {
  if (interpreter === null) return { file: target, argv0: path, args }
  return {
    file: interpreter.target,
    argv0: interpreter.path,
    args: [...interpreter.args, target, ...args],
  }
}

function findShell(programs: readonly GrantedProgram[]): GrantedProgram | null {
  const shells = programs.filter(({ shell, interpreter }) => shell && interpreter === null)
  for (const name of SHELL_NAMES) {
    const found = shells.find((each) => each.name === name || each.path.endsWith(`/${name}`))
    if (found !== undefined) return found
  }
  return null
}

function anyProgram(program: string, args: readonly string[], searchPath: string): StartDecision {
  const asked = quoted(program)
  if (program.includes('/') && !isAbsolute(program))
    return refused('denied', program, `Cannot start ${asked}: "allowRun" takes names and absolute paths`)
  const folders = searchPath.split(delimiter).filter((folder) => isAbsolute(folder))
  const candidates = isAbsolute(program) ? [program] : folders.map((folder) => join(folder, program))
  const path = candidates.find(isExecutableFile)
  if (path !== undefined)
    return { allowed: true, start: { file: path, argv0: path, args, path, value: realpathSync(path) } }
  const isThere = candidates.some(exists)
  return isThere
    ? refused('EACCES', program, `Cannot start ${asked}: it is not an executable file`)
    : refused('ENOENT', program, `Cannot start ${asked}: there is no such program`)
}

function exists(path: string): boolean {
  try {
    return statSync(path) !== undefined
  } catch {
    return false
  }
}

function refused(code: string, value: string, reason: string): StartDecision {
  return { allowed: false, code, value, reason }
}

/**
 * The real folder in which a program is started when Python's own folder is `folder`: where `allowRead` or `allowWrite`
 * grants it. Null when it is not a folder of the host that is granted.
 */
export function grantedFolder(
  { read, write }: Pick<Grants, 'read' | 'write'>,
  folder: string,
): string | null {
  if (!isAbsolute(folder) || folder.includes('\0')) return null
  try {
    const target = realpathSync.native(folder)
    return statSync(target).isDirectory() && (holds(read, target) || holds(write, target)) ? target : null
  } catch {
    return null
  }
}

function holds(grant: Grant<GrantedPath>, target: string): boolean {
  return typeof grant === 'boolean' ? grant : grantOf(grant, target) !== null
}
