import { closeSync, openSync, readSync } from 'node:fs'
import { basename, isAbsolute } from 'node:path'
import { EntryRefusal, quoted } from './entries.ts'

/** What the first line of a script says: a program, absolute or to be found through PATH, and what follows it. */
export interface ScriptLine {
  readonly program: string
  readonly args: readonly string[]
}

/** Linux reads no more of the first line. */
const MAX_LINE_BYTES = 256

/**
 * The interpreter that the script at `path` names in its first line; null when the file is not a script. `env` is
 * seen through: its first argument is the interpreter.
 * @throws EntryRefusal when systems differ in how they read the line
 */
export function readScriptLine(path: string): ScriptLine | null {
  const start = readStart(path)
  if (!start.startsWith('#!')) return null
  const end = start.indexOf('\n')
  if (end < 0 && start.length === MAX_LINE_BYTES)
    throw new EntryRefusal('is a script with too long a first line')
  const line = start.slice(2, end < 0 ? undefined : end).trim()
  if (/[^\x20-\x7e\t]/.test(line)) throw new EntryRefusal('is a script whose first line is not plain text')
  const [program = '', rest = ''] = splitOnce(line)
  if (!isAbsolute(program))
    throw new EntryRefusal(`is a script whose interpreter ${quoted(program)} is not absolute`)
  if (basename(program) === 'env') return throughEnv(rest)
  if (/[ \t]/.test(rest)) throw new EntryRefusal('is a script with more than one argument in its first line')
  return { program, args: rest === '' ? [] : [rest] }
}

function throughEnv(rest: string): ScriptLine {
  const split = /^(?:-S|--split-string)[ \t=]?(.*)$/.exec(rest)
  const words = split === null ? [rest] : (split[1] ?? '').trim().split(/[ \t]+/)
  const [program = '', ...args] = words
  if (program === '' || !words.every((word) => /^[\w./+:@-]+$/.test(word)) || /^-|=/.test(program)) {
    throw new EntryRefusal(
      `is a script started through "env" with ${quoted(rest)}: only a program's name is read`,
    )
  }
  return { program, args }
}

function splitOnce(line: string): string[] {
  const at = line.search(/[ \t]/)
  return at < 0 ? [line] : [line.slice(0, at), line.slice(at).trimStart()]
}

function readStart(path: string): string {
  const descriptor = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(MAX_LINE_BYTES)
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, MAX_LINE_BYTES, 0))
  } finally {
    closeSync(descriptor)
  }
}
