import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { UsageError } from 'agentchat-sandbox-base/command/outcome'
import type { BatchProgram } from '../../sandbox/index.ts'
import { reasonOf } from './read-source.ts'

/** One line of a file of programs. */
export interface BatchLine {
  /** What the line calls its program, or null. */
  readonly id: unknown
  readonly program: string | BatchProgram
  /** Why the line holds no program, or null. The program is then one that is refused. */
  readonly problem: string | null
}

/** What a line may say of its program. No paths: the author of the line need not be the user of the command. */
const FIELDS = new Set([
  'code',
  'args',
  'globals',
  'stdin',
  'files',
  'timeoutSeconds',
  'cpuSeconds',
  'memoryLimitMb',
])

/**
 * The programs of a file in the form of JSON Lines: each line is a program as a JSON string, or an object with `code`, some of the
 * options of an execution and an `id`, which comes back beside the result. Empty lines are passed over.
 * @param path `-` for standard input
 * @throws UsageError when the file cannot be read
 */
export async function* batchLines(path: string): AsyncGenerator<BatchLine, void, void> {
  const input = path === '-' ? process.stdin : createReadStream(path, 'utf8')
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  let number = 0
  try {
    for await (const line of lines) {
      number += 1
      if (line.trim() !== '') yield parsed(line, number)
    }
  } catch (error) {
    throw new UsageError(`cannot read "${path}" (--batch): ${reasonOf(error)}`)
  }
}

function parsed(line: string, number: number): BatchLine {
  const value = jsonOf(line)
  if (typeof value === 'string') return { id: null, program: value, problem: null }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refused(null, `line ${number} is neither a JSON string nor a JSON object`)
  const { id = null, ...program } = value as { id?: unknown; files?: unknown }
  const unknown = Object.keys(program).filter((name) => !FIELDS.has(name))
  if (unknown.length > 0)
    return refused(
      id,
      `line ${number} has "${unknown.join('", "')}"; allowed are id, ${[...FIELDS].join(', ')}`,
    )
  if (!Object.values(program.files ?? {}).every((contents) => typeof contents === 'string'))
    return refused(id, `line ${number} has files that are no texts`)
  return { id, program: program as unknown as BatchProgram, problem: null }
}

function refused(id: unknown, problem: string): BatchLine {
  return { id, program: {} as BatchProgram, problem }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
