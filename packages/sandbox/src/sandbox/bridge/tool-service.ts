import { randomUUID } from 'node:crypto'
import { BODY_BOUNDS, JsonBoundsError, parseJson } from 'agentchat-sandbox-base/gate/json-text'
import { z } from 'zod'
import { CALL_DATA_BYTES } from '../../protocol/frames.ts'
import type { ExecutionEvent, ToolOutcome } from '../events.ts'
import type { JsonValue } from '../result.ts'
import { callTool } from '../tools/call-tool.ts'
import type { CheckedTool, ToolSet } from '../tools/tool-set.ts'
import { CallError } from './call-error.ts'
import type { BridgeUses } from './host-bridge.ts'
import type { CallAnswer, HostService } from './host-service.ts'

/** Names are at most 64 characters long; a longer one is none of ours. */
const callSchema = z.strictObject({ tool: z.string().max(200) })
const readSchema = z.strictObject({ at: z.int().min(0) })

/** The tools of one execution. */
export interface ToolRun {
  readonly set: ToolSet
  /** Aborted when the execution is over. */
  readonly signal: AbortSignal
  /** Tells what happens; resolves when whoever reads it is not far behind. */
  tell(event: ExecutionEvent): Promise<void>
}

/** Calls functions of the host for Python: one at a time, checked, counted and bounded. */
export class ToolService implements HostService {
  readonly #uses: BridgeUses
  /** Of the worker. */
  readonly #owner = randomUUID()
  #run: ToolRun | null = null
  #calls = 0
  /** Resolves when no tool is at work. */
  #turn: Promise<unknown> = Promise.resolve()
  /** The last result, of which Python has read only the beginning. */
  #rest: Buffer = Buffer.alloc(0)

  constructor(uses: BridgeUses) {
    this.#uses = uses
  }

  readonly calls: HostService['calls'] = {
    'tool.call': (params, data) => {
      const { tool } = callSchema.parse(params)
      const answer = this.#turn.then(() => this.#call(tool, data))
      this.#turn = answer.catch(() => {})
      return answer
    },
    'tool.read': async (params) => {
      const { at } = readSchema.parse(params)
      return { value: null, data: this.#rest.subarray(at, at + CALL_DATA_BYTES) }
    },
  }

  /** An execution begins, with these tools. */
  begin(run: ToolRun | null): void {
    this.#run = run
    this.#calls = 0
    this.#rest = Buffer.alloc(0)
  }

  close(): void {
    this.begin(null)
  }

  async #call(name: string, data: Uint8Array): Promise<CallAnswer> {
    const run = this.#run
    const tool = run?.set.tools.get(name)
    if (run === null || tool === undefined) {
      this.#uses.denied.add('tool', name)
      throw new CallError('tool', `There is no tool "${name}"`)
    }
    const args = this.#admit(run, name, data)
    this.#uses.used.add('tool', name)
    const outcome = await told(run, { id: `call-${this.#calls}`, owner: this.#owner }, tool, args)
    if (!outcome.ok) throw new CallError('tool', outcome.error)
    this.#rest = Buffer.from(JSON.stringify(outcome.result), 'utf8')
    return { value: { bytes: this.#rest.length }, data: this.#rest.subarray(0, CALL_DATA_BYTES) }
  }

  /** Counts a call and reads its arguments. @throws CallError when it is past a limit */
  #admit({ set }: ToolRun, name: string, data: Uint8Array): Record<string, JsonValue> {
    const refuse = (problem: string): never => {
      this.#uses.denied.add('tool', name)
      throw new CallError('tool', problem)
    }
    if (this.#calls >= set.maxCalls)
      return refuse(`Tools were called more than ${set.maxCalls} times (maxToolCalls)`)
    this.#calls += 1
    if (data.length > set.maxArgumentBytes) {
      const most = `at most ${set.maxArgumentBytes} are allowed (maxToolArgumentBytes)`
      return refuse(`The arguments of "${name}" take ${data.length} bytes, ${most}`)
    }
    const args = parseArguments(data)
    return typeof args === 'string' ? refuse(`The arguments of "${name}" ${args}`) : args
  }
}

/** Calls the tool, and tells of it before and after. */
async function told(
  run: ToolRun,
  { id, owner }: { readonly id: string; readonly owner: string },
  tool: CheckedTool,
  args: Record<string, JsonValue>,
): Promise<ToolOutcome> {
  const { name } = tool
  await run.tell({ type: 'tool-call', id, name, arguments: args })
  const started = performance.now()
  const outcome = await callTool(tool, args, { set: run.set, signal: run.signal, owner })
  await run.tell({ type: 'tool-result', id, name, durationMs: performance.now() - started, ...outcome })
  return outcome
}

/** The arguments, or what is wrong with them. */
function parseArguments(data: Uint8Array): Record<string, JsonValue> | string {
  try {
    const value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(data), BODY_BOUNDS)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return NO_OBJECT
    // Parsed from JSON text a moment ago.
    return value as Record<string, JsonValue>
  } catch (error) {
    if (!(error instanceof JsonBoundsError)) return NO_OBJECT
    return error.path === '' ? error.problem : `cannot be taken: "${error.path}" ${error.problem}`
  }
}

const NO_OBJECT = 'are not a JSON object'
