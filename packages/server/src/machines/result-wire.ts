import { setImmediate } from 'node:timers/promises'
import type { CodeExecutionResult, ResultFile } from 'agentchat-sandbox'
import {
  EXECUTION_ERROR_KINDS,
  FileUnavailableError,
  resultToMarkdown,
  resultToText,
} from 'agentchat-sandbox'
import { z } from 'zod'
import { MachineAnswerError } from '../services/executions/machines.ts'
import { jsonInTurns, TURN_BYTES } from './json-in-turns.ts'

// A result travels as lines: the name of a field and its JSON, a display a line. None of them has an end of a line in it.

/** Largest result that a service takes from a machine, in bytes. */
export const MAX_RESULT_BYTES = 64 * 2 ** 20

const count = z.number().min(0)
const uses = z.array(
  z.object({
    kind: z.enum(['env', 'read', 'write', 'net', 'run', 'ffi', 'tool', 'secret']),
    value: z.string(),
    count,
  }),
)
const grant = z.union([z.boolean(), z.array(z.string())])
const names = z.array(z.string()).optional()
const file = z.object({
  ...{ path: z.string(), size: z.int().min(0), mime: z.string(), sha256: z.string().nullable() },
  ...{
    change: z.enum(['created', 'changed', 'deleted']),
    secret: z.enum(['taken-out', 'left-in']).optional(),
  },
})
const sample = z.object({
  ...{ wallMs: count, cpuMs: count, memoryBytes: count, pythonHeapBytes: count.nullable() },
})
const why = z.object({ reason: z.string().max(2000) }).nullable()
const fields = {
  status: z.enum(['success', 'error']),
  // JSON as it was parsed: any value is one.
  result: z.unknown(),
  resultText: z.string().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  error: z
    .object({
      kind: z.enum(EXECUTION_ERROR_KINDS),
      ...{ name: z.string(), message: z.string(), traceback: z.string() },
      ...{ line: z.int().nullable(), hint: z.string().nullable() },
    })
    .nullable(),
  executionTime: count,
  usage: z.looseObject({
    ...{ wallMs: count, cpuMs: count, queueMs: count, startMs: count, packagesMs: count },
    ...{ peakMemoryBytes: count, stdoutBytes: count, stderrBytes: count },
  }),
  timeline: z.array(sample).max(1000),
  files: z.array(file).max(20_000),
  permissions: z.object({
    walls: z.array(z.enum(['deno', 'bubblewrap'])),
    interpreter: z.enum(['new', 'set-back', 'session']),
    granted: z.object({
      ...{ env: grant, read: grant, write: grant, net: grant, run: grant, ffi: grant },
      ...{ tool: names, secret: names },
    }),
    ...{ used: uses, denied: uses },
  }),
  redactions: z.record(z.string(), count),
  ...{ sessionRestored: why, sessionUnsaved: why },
  truncated: z.looseObject({
    ...{ stdout: z.boolean(), stderr: z.boolean(), result: z.boolean() },
    ...{ files: count, displays: count, permissions: count },
  }),
} as const
const display = z.object({ mime: z.string(), data: z.unknown(), metadata: z.record(z.string(), z.unknown()) })

/** Writes a result. A large one is written in turns with whatever else there is to do. */
export async function resultToLines(result: CodeExecutionResult): Promise<Buffer> {
  const lines: Buffer[] = []
  let since = 0
  const add = async (name: string, value: unknown) => {
    const line = Buffer.from(`${name} ${JSON.stringify(value)}\n`)
    lines.push(line)
    since += line.length
    if (since < TURN_BYTES) return
    since = 0
    await setImmediate()
  }
  for (const [name, value] of Object.entries(result)) {
    if (NOT_SENT.has(name) || value === undefined) continue
    await add(name, value)
  }
  for (const each of result.displays) await add('display', each)
  return Buffer.concat(lines)
}

/** Whole outputs are not of executions on machines; what is kept of a session goes its own way. */
const NOT_SENT = new Set(['displays', 'fullOutput', 'sessionBytes', 'sessionMetadata'])

/** Reads the contents of a file of the result, by its number, from the machine that has them. */
export type ReadFile = (number: number, size: number) => AsyncIterable<Uint8Array>

/**
 * Reads a result that a machine wrote. Nothing of it is believed but its form.
 * @throws MachineAnswerError when it is none
 */
export async function resultFromLines(bytes: Uint8Array, readFile: ReadFile): Promise<CodeExecutionResult> {
  const found = new Map<string, unknown>()
  const displays: unknown[] = []
  let since = 0
  for (const line of linesOf(bytes)) {
    const { name, value } = await parsedLine(line)
    if (name === 'display') displays.push(checked(display, value, name))
    else if (Object.hasOwn(fields, name))
      found.set(name, checked(fields[name as keyof typeof fields], value, name))
    since += line.length
    if (since < TURN_BYTES) continue
    since = 0
    await setImmediate()
  }
  for (const name of Object.keys(fields))
    if (!found.has(name)) throw new MachineAnswerError(`"${name}" of the result is missing`)
  const files = found.get('files') as Omit<ResultFile, 'bytes' | 'text' | 'stream'>[]
  return withTexts({
    ...Object.fromEntries(found),
    displays,
    files: files.map((each, number) => fileWith(each, () => readFile(number, each.size))),
    ...{ fullOutput: null, sessionBytes: null, sessionMetadata: null },
  } as unknown as CodeExecutionResult)
}

function* linesOf(bytes: Uint8Array): Generator<Buffer, void, void> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let start = 0; start < all.length; ) {
    const end = all.indexOf(0x0a, start)
    if (end < 0) throw new MachineAnswerError('the result is cut off')
    yield all.subarray(start, end)
    start = end + 1
  }
}

async function parsedLine(line: Buffer): Promise<{ readonly name: string; readonly value: unknown }> {
  const space = line.indexOf(0x20)
  const name = space < 0 ? '' : line.toString('latin1', 0, space)
  if (!/^[a-zA-Z]{1,40}$/.test(name)) throw new MachineAnswerError('the result is none')
  try {
    return { name, value: await jsonInTurns(line.subarray(space + 1)) }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    throw new MachineAnswerError(`"${name}" of the result ${what}`, { cause: error })
  }
}

function checked(schema: z.ZodType, value: unknown, name: string): unknown {
  const read = schema.safeParse(value)
  if (!read.success) throw new MachineAnswerError(`"${name}" of the result is not what it is to be`)
  return read.data
}

function fileWith(
  facts: Omit<ResultFile, 'bytes' | 'text' | 'stream'>,
  stream: () => AsyncIterable<Uint8Array>,
): ResultFile {
  const bytes = async () => {
    if (facts.sha256 === null) throw new FileUnavailableError(facts.path, 'it has no contents')
    const pieces: Uint8Array[] = []
    for await (const piece of stream()) pieces.push(piece)
    return Buffer.concat(pieces)
  }
  const methods = { bytes, text: async () => Buffer.from(await bytes()).toString(), stream }
  return Object.defineProperties(
    { ...facts },
    Object.fromEntries(Object.entries(methods).map(([name, value]) => [name, { value }])),
  ) as ResultFile
}

function withTexts(result: CodeExecutionResult): CodeExecutionResult {
  return Object.defineProperties(result, {
    toText: { value: (options: Parameters<typeof resultToText>[1]) => resultToText(result, options) },
    toMarkdown: { value: () => resultToMarkdown(result) },
  })
}
