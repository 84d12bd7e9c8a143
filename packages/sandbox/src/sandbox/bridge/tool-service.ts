import { randomUUID } from 'node:crypto'
import { type ExactJsonValue, parseExactJson, withoutBigInts } from 'agentchat-sandbox-base/gate/exact-json'
import { BODY_BOUNDS, JsonBoundsError } from 'agentchat-sandbox-base/gate/json-text'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import type { JsonValue } from '../result/result.ts'
import { type AdmittedCall, type CallEnd, callTool } from '../tools/call-tool.ts'
import { Slots } from '../tools/slots.ts'
import type { CheckedTool } from '../tools/tool-set.ts'
import { CallError } from './call-error.ts'
import type { CallAnswer, HostService } from './host-service.ts'
import { RunTools, type ToolRun } from './run-tools.ts'
import type { BridgeUses } from './use-counter.ts'

/** Names are at most 64 characters long; a longer one is none of ours. */
const callSchema = late(() => z.strictObject({ tool: z.string().max(200), call: z.int().min(0).default(0) }))
const readSchema = late(() => z.strictObject({ result: z.int().min(0), at: z.int().min(0) }))
const giveUpSchema = late(() => z.strictObject({ call: z.int().min(0) }))

/** Calls functions of the host for Python: side by side, checked, counted and bounded. */
export class ToolService implements HostService {
  readonly #uses: BridgeUses
  /** Of the worker. */
  readonly #owner = randomUUID()
  readonly #checks = new Slots(1)
  #current: RunTools | null = null

  constructor(uses: BridgeUses) {
    this.#uses = uses
  }

  readonly calls: HostService['calls'] = {
    'tool.call': async (params, data) => {
      const { tool, call } = callSchema().parse(params)
      return await this.#call(tool, call, data)
    },
    'tool.read': async (params) => {
      const { result, at } = readSchema().parse(params)
      return { value: null, data: (await this.#current?.read(result, at)) ?? new Uint8Array() }
    },
    'tool.give-up': async (params) => {
      this.#current?.giveUp(giveUpSchema().parse(params).call)
      return { value: null }
    },
  }

  /** An execution begins, with these tools. */
  begin(run: ToolRun | null): void {
    this.#current?.clear()
    this.#current = run && new RunTools(run)
  }

  close(): void {
    this.begin(null)
  }

  async #call(name: string, number: number, data: Uint8Array): Promise<CallAnswer> {
    const tools = this.#current
    const tool = tools?.run.set.tools.get(name)
    if (tools === null || tool === undefined) {
      this.#uses.denied.add('tool', name)
      throw new CallError('tool', `There is no tool "${name}"`)
    }
    const admitted = this.#admit(tools, tool, data)
    using under = tools.begin(number)
    using _slot = await tools.slotsOf(tool).take(under.signal).catch(asOver)
    this.#uses.used.add('tool', name)
    const end = await this.#told(tools, tool, { ...admitted, signal: under.signal })
    if (!('body' in end)) throw new CallError('tool', end.outcome.error)
    return await tools.answer(end.body)
  }

  /** Counts a call and reads its arguments. @throws CallError when it is past a limit */
  #admit(tools: RunTools, tool: CheckedTool, data: Uint8Array): Omit<AdmittedCall, 'signal'> {
    const { name, maxArgumentBytes } = tool
    try {
      const id = `call-${tools.count(tool)}`
      if (data.length > maxArgumentBytes) {
        const most = `at most ${maxArgumentBytes} are allowed (maxToolArgumentBytes)`
        throw new CallError('tool', `The arguments of "${name}" take ${data.length} bytes, ${most}`)
      }
      return { id, ...parseArguments(name, data) }
    } catch (error) {
      this.#uses.denied.add('tool', name)
      throw error
    }
  }

  /** Makes the call, and tells of it before and after. */
  async #told({ run }: RunTools, tool: CheckedTool, call: AdmittedCall): Promise<CallEnd> {
    const { name } = tool
    const { id, args } = call
    // A value of JSON without its BigInts.
    await run.tell({
      type: 'tool-call',
      id,
      name,
      arguments: withoutBigInts(args) as Record<string, JsonValue>,
    })
    const started = performance.now()
    const end = await callTool(tool, call, {
      ...{ set: run.set, owner: this.#owner, checks: this.#checks },
      redact: run.redact,
      stopClock: () => run.stopClock(),
      refused: () => this.#uses.denied.add('tool', name),
    })
    const durationMs = performance.now() - started
    await run.tell({ type: 'tool-result', id, name, durationMs, ...end.outcome })
    return end
  }
}

function asOver(): never {
  throw new CallError('tool', 'the execution is over')
}

/** @throws CallError saying what is wrong with the arguments */
function parseArguments(name: string, data: Uint8Array): Pick<AdmittedCall, 'args' | 'rounded'> {
  const problem = (text: string) => new CallError('tool', `The arguments of "${name}" ${text}`)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data)
    const value = parseExactJson(text, BODY_BOUNDS)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw problem(NO_OBJECT)
    // It is no list.
    const args = value as Record<string, ExactJsonValue>
    return { args, rounded: withoutBigInts(args) === args ? args : JSON.parse(text) }
  } catch (error) {
    if (error instanceof CallError) throw error
    if (!(error instanceof JsonBoundsError)) throw problem(NO_OBJECT)
    throw problem(error.path === '' ? error.problem : `cannot be taken: "${error.path}" ${error.problem}`)
  }
}

const NO_OBJECT = 'are not a JSON object'
