import { readFile } from 'node:fs/promises'
import { UsageError } from 'agentchat-sandbox-base/command/outcome'
import type { RunFlags } from './run-flags.ts'

/** The program, and what it reads from its standard input. */
export interface Source {
  readonly code: string
  readonly stdin?: string
}

/**
 * Reads what `run` was told to run.
 * @throws UsageError when there is no program, or more than one, or a file cannot be read
 */
export async function readSource(file: string | undefined, flags: RunFlags): Promise<Source> {
  const code = await readCode(file, flags)
  if (flags.stdin === undefined) return { code }
  if (flags.stdin === '-' && flags.code === undefined && (file ?? '-') === '-') {
    throw new UsageError('standard input can be the program or its input, not both')
  }
  return { code, stdin: await readText(flags.stdin) }
}

async function readCode(file: string | undefined, flags: RunFlags): Promise<string> {
  if (flags.code !== undefined) {
    if (file !== undefined)
      throw new UsageError(`-c and the file "${file}" are two programs; arguments come after "--"`)
    return flags.code
  }
  if (file === undefined && process.stdin.isTTY) {
    throw new UsageError(
      `nothing to run: name a file, or use -c, or "-" to type a program${swallowed(flags)}`,
    )
  }
  return await readText(file ?? '-')
}

/** In `run --allow-net script.py` the file is taken for the list of hosts. */
function swallowed(flags: RunFlags): string {
  for (const [name, grant] of Object.entries(flags)) {
    if (name.startsWith('allow') && Array.isArray(grant)) {
      const flag = `--allow-${name.slice('allow'.length).toLowerCase()}`
      return ` ("${grant.join(',')}" was taken for the list of ${flag}; name the file first)`
    }
  }
  return ''
}

async function readText(path: string): Promise<string> {
  const name = path === '-' ? 'standard input' : `"${path}"`
  const bytes = await (path === '-' ? readStandardInput() : readFile(path)).catch((error: unknown) => {
    throw new UsageError(`cannot read ${name}: ${reasonOf(error)}`)
  })
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new UsageError(`cannot read ${name}: it is not UTF-8 text`)
  }
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  ENOTDIR: 'a part of the path is no folder',
}

/** Why a file cannot be read, in a few words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return ('code' in error && REASONS[String(error.code)]) || error.message
}
