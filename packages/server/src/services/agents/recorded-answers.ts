import { isDeepStrictEqual } from 'node:util'
import { type JsonValue, type Tool, ToolError } from 'agentchat-sandbox'
import { withoutBigInts } from 'agentchat-sandbox-base/gate/exact-json'
import type { RecordedCall } from './step-record.ts'

/** Answers calls of a tool with what they were given in the record; `calls` are those of the step that runs. */
export function recordedAnswers(name: string, calls: () => readonly RecordedCall[]): Tool['execute'] {
  const used = new Set<RecordedCall>()
  return (args) => {
    const given = withoutBigInts(args)
    const call = calls().find(
      (each) => each.name === name && !used.has(each) && isDeepStrictEqual(each.arguments, given),
    )
    if (call === undefined) throw new ToolError('there is no such call in the record')
    used.add(call)
    if (call.ok) return exactly(call.result)
    throw new ToolError(String(call.result))
  }
}

/** A whole number past 2^53 is what it was. */
function exactly(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(exactly)
  if (typeof value !== 'object' || value === null) return value
  const { type, repr } = value as { readonly type?: JsonValue; readonly repr?: JsonValue }
  if (type === 'int' && typeof repr === 'string' && /^-?\d+$/.test(repr) && Object.keys(value).length === 2)
    return BigInt(repr)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exactly(item)]))
}
