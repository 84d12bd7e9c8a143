import { type JsonSchema, type Tool, ToolError } from '../tool.ts'
import { problemOfToolName } from '../tool-name.ts'
import { jsonSchemaOf } from './zod-tool.ts'

/** As much of a tool of LangChain.js as is needed here. Nothing of LangChain is imported. */
export interface LangChainToolLike {
  readonly name: string
  readonly description: string
  /** Of zod, or a JSON Schema; `langChainTool` looks what it is. */
  readonly schema: unknown
  invoke(input: unknown, options?: { readonly signal?: AbortSignal }): Promise<unknown>
}

/** What may be said of a tool beside what LangChain knows of it. */
export type LangChainToolOptions = Partial<Omit<Tool, 'parameters' | 'execute'>>

/**
 * Makes a tool of one of LangChain.js: a `tool(...)`, a `DynamicStructuredTool`, or anything else that has its shape. A
 * name that Python cannot call is changed (`web-search` to `web_search`). What does not fit its own schema, and what it
 * reports as its input's fault, is told to Python; its other errors are not.
 * @throws TypeError when its schema has no form in JSON Schema
 */
export function langChainTool(from: LangChainToolLike, options: LangChainToolOptions = {}): Tool {
  const { name, description, schema } = from
  return {
    description,
    ...options,
    name: options.name ?? pythonName(name),
    parameters: isZod(schema) ? jsonSchemaOf(schema) : jsonSchema(schema),
    async execute(args, { signal }) {
      try {
        return contentOf(await from.invoke(args, { signal }))
      } catch (error) {
        throw isInputError(error) ? new ToolError(error.message) : error
      }
    },
  }
}

function isZod(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && '_zod' in schema
}

/** @throws TypeError */
function jsonSchema(schema: unknown): JsonSchema {
  const isObject = typeof schema === 'object' && schema !== null && !Array.isArray(schema)
  // A schema of zod 3 is an object too, which describes nothing.
  if (!isObject || '_def' in schema)
    throw new TypeError('Cannot describe the arguments: their schema is neither JSON Schema nor of zod 4')
  return { ...schema }
}

/** A message, where a tool gives one, stands for its content. */
function contentOf(value: unknown): unknown {
  const isMessage =
    typeof value === 'object' && value !== null && 'content' in value && 'tool_call_id' in value
  return isMessage ? value.content : value
}

/** What LangChain throws where the input does not fit. */
function isInputError(error: unknown): error is Error {
  return error instanceof Error && error.constructor.name === 'ToolInputParsingException'
}

/** A name that Python can call for a tool that is called otherwise elsewhere: `web-search` is `web_search`. */
function pythonName(name: string): string {
  const letters = name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^[^A-Za-z]+/, '')
  const short = (letters === '' ? 'tool' : letters).slice(0, 59)
  return problemOfToolName(short) === null ? short : `${short}_tool`
}
