import { basename, isAbsolute, join, relative, sep } from 'node:path'
import { UsageError } from 'agentchat-sandbox-base/command/outcome'
import type { CodeExecutionResult, ExecutionOptions, ResultFile } from '../../sandbox/index.ts'
import { openBelow } from './open-below.ts'

/** Names that are said of files which nobody asked for. */
const NAMES_SHOWN = 5

/**
 * What `--file` gives to Python: each file of the host under its own name.
 * @throws UsageError when two have the same name
 */
export function inputsOf(paths: readonly string[]): NonNullable<ExecutionOptions['files']> {
  const inputs = new Map<string, { path: string }>()
  for (const path of paths) {
    const name = basename(path)
    if (inputs.has(name)) throw new UsageError(`two files with the name "${name}" (--file)`)
    inputs.set(name, { path })
  }
  return Object.fromEntries(inputs)
}

/**
 * Writes what Python made into the folder of `--out`, and gives a line for each file; without a folder, one line that
 * says what would be lost.
 * @throws UsageError when a file cannot be written
 */
export async function saveFiles(
  { files }: CodeExecutionResult,
  folder: string | undefined,
): Promise<string[]> {
  const made = files.filter(({ change }) => change !== 'deleted')
  if (made.length === 0) return []
  if (folder === undefined) return [lostLine(made)]
  const lines: string[] = []
  for (const file of made) {
    if (file.sha256 === null) lines.push(`could not save ${file.path}: ${await reasonOf(file)}`)
    else lines.push(`saved ${await save(file, folder)} (${file.size} bytes)`)
  }
  return lines
}

async function save(file: ResultFile, folder: string): Promise<string> {
  const target = join(folder, file.path)
  if (!isInside(folder, target))
    throw new UsageError(`cannot write "${target}": it is not in "${folder}" (--out)`)
  try {
    const opened = await openBelow(folder, file.path)
    try {
      for await (const piece of file.stream()) await opened.writeFile(piece)
    } finally {
      await opened.close()
    }
    return target
  } catch (error) {
    throw new UsageError(
      `cannot write "${target}" (--out): ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function isInside(folder: string, target: string): boolean {
  const way = relative(folder, target)
  return way !== '' && way.split(sep)[0] !== '..' && !isAbsolute(way)
}

function lostLine(files: readonly ResultFile[]): string {
  const names = files.slice(0, NAMES_SHOWN).map(({ path }) => path)
  const more = files.length > names.length ? ` and ${files.length - names.length} more` : ''
  return `Python made ${names.join(', ')}${more}; --out <folder> keeps them`
}

async function reasonOf(file: ResultFile): Promise<string> {
  return await file.bytes().then(
    () => 'it is not there',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}
