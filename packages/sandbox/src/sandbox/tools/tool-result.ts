import {
  exactJson,
  InexactNumberError,
  parseExactJson,
  withoutBigInts,
} from 'agentchat-sandbox-base/gate/exact-json'
import type { JsonValue } from '../result/result.ts'
import { fileBody, memoryBody, type ResultBody } from './result-body.ts'
import { ToolError } from './tool.ts'
import { ToolFile } from './tool-file.ts'
import type { CheckedTool } from './tool-set.ts'

/** Takes secrets out of a value of JSON. */
type Redact = (value: unknown) => unknown

/** What a tool gave, as the events tell it, and as Python reads it. */
export interface ToolResult {
  readonly result: JsonValue
  readonly body: ResultBody
}

/**
 * Makes of what a tool gave what crosses to Python: JSON, or a file.
 * @throws ToolError when it can be neither, or is too large
 */
export async function toolResult(
  { name, maxResultBytes }: CheckedTool,
  { id, value, redact }: { readonly id: string; readonly value: unknown; readonly redact: Redact | null },
): Promise<ToolResult> {
  const file = value instanceof Uint8Array ? new ToolFile(`${name}-${id}.bin`, value) : value
  if (file instanceof ToolFile) {
    const body = await fileBody(file)
    return { result: body.file, body }
  }
  const given = jsonOf(name, value)
  if (given === undefined) throw new ToolError(`"${name}" gave something that is not JSON`)
  const text = redact === null ? given : redacted(given, redact)
  const body = memoryBody(Buffer.from(text, 'utf8'))
  if (body.bytes > maxResultBytes) {
    throw new ToolError(
      `The result of "${name}" takes ${body.bytes} bytes, at most ${maxResultBytes} are allowed (maxToolResultBytes)`,
    )
  }
  // What JSON has made of it is what Python gets: a date is a text, a field that is not there is not there.
  return { result: withoutBigInts(parseExactJson(text)) as JsonValue, body }
}

/** The same text where nothing was taken out. */
function redacted(text: string, redact: Redact): string {
  const value = parseExactJson(text)
  const shown = redact(value)
  return shown === value ? text : (exactJson(shown) ?? text)
}

/** Undefined where JSON has no form for the value. */
function jsonOf(name: string, value: unknown): string | undefined {
  try {
    return value === undefined ? 'null' : exactJson(value)
  } catch (error) {
    if (!(error instanceof InexactNumberError)) throw error
    throw new ToolError(`The result of "${name}" ${error.problem}`)
  }
}
