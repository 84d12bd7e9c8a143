import { BODY_BOUNDS, parseJson } from 'agentchat-sandbox-base/gate/json-text'
import { z } from 'zod'
import { CALL_DATA_BYTES, CALL_JSON_BYTES, type Call } from '../../protocol/frames.ts'
import { late } from '../../protocol/late.ts'
import type { PermissionUse } from '../result/result.ts'
import type { SecretGrants } from '../secrets/secret-grants.ts'
import { CallError, callError } from './call-error.ts'
import type { CallAnswer, HostService } from './host-service.ts'
import { InputService, type LineSource } from './input-service.ts'
import type { ToolRun } from './run-tools.ts'
import { ToolService } from './tool-service.ts'
import type { BridgeUses } from './use-counter.ts'
import { UseCounter, type UseHint } from './use-counter.ts'

/** Calls of one worker that may be under way at a time; Python waits for each that it makes in the ordinary way. */
const MAX_CALLS = 1024
const NOTHING = new Uint8Array()

const requestSchema = late(() => z.strictObject({ call: z.string().max(40), params: z.unknown() }))

/** What one execution has beside the services of its worker. */
export interface ExecutionServices {
  /** Answers what it asks of its standard input. */
  readonly lines: LineSource | null
  /** The host's functions that it may call. */
  readonly tools: ToolRun | null
  /** The secrets that it may use and not see. */
  readonly secrets: SecretGrants
}

/** Answers the calls of one worker, with the services that its sandbox has. Every call is noted for the receipt. */
export class HostBridge {
  readonly #services: readonly HostService[]
  readonly #input = new InputService()
  readonly #tools: ToolService
  readonly #uses: BridgeUses
  #underWay = 0
  #closed: Promise<void> | null = null

  constructor(makeServices: (uses: BridgeUses) => readonly HostService[]) {
    this.#uses = { used: new UseCounter(), denied: new UseCounter() }
    this.#tools = new ToolService(this.#uses)
    this.#services = [this.#input, this.#tools, ...makeServices(this.#uses)]
  }

  /** An execution begins: its receipt starts empty. */
  begin({ lines, tools, secrets }: ExecutionServices): void {
    this.#input.begin(lines)
    this.#tools.begin(tools)
    for (const service of this.#services) service.useSecrets?.(secrets)
    this.#uses.used.clear()
    this.#uses.denied.clear()
  }

  get used(): PermissionUse[] {
    return this.#uses.used.uses
  }

  get denied(): PermissionUse[] {
    return this.#uses.denied.uses
  }

  /** Requests that `used` and `denied` have no entry for. */
  get leftOut(): number {
    return this.#uses.used.leftOut + this.#uses.denied.leftOut
  }

  /** What to tell the owner about the last thing that was refused. */
  get hint(): UseHint | null {
    return this.#uses.denied.lastHint
  }

  /**
   * Does what a call asks for, and gives the reply.
   * @throws Error when the call is not one that our runner makes: the worker speaks for itself, and is to be ended
   */
  async answer({ id, json, data }: Call): Promise<Call> {
    const { call, params } = requestSchema().parse(
      parseJson(new TextDecoder('utf-8', { fatal: true }).decode(json), BODY_BOUNDS),
    )
    const handler = this.#services.find(({ calls }) => Object.hasOwn(calls, call))?.calls[call]
    if (handler === undefined) throw new TypeError(`Cannot answer: there is no call "${call}"`)
    if (this.#underWay >= MAX_CALLS)
      throw new RangeError(`Cannot answer: more than ${MAX_CALLS} calls at a time`)
    this.#underWay += 1
    try {
      if (this.#closed !== null) throw new CallError('ECONNABORTED', 'the run is over')
      return reply(id, await handler(params, data))
    } catch (error) {
      if (error instanceof z.ZodError) throw error
      const { code, message } =
        this.#closed === null ? callError(error) : new CallError('ECONNABORTED', 'the run is over')
      return encoded(id, { error: { code, message } }, NOTHING)
    } finally {
      this.#underWay -= 1
    }
  }

  /** Ends what the worker has open, at once; resolves when nothing of it is left. */
  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#services.map(async (service) => service.close())).then(() => {})
    return this.#closed
  }
}

function reply(id: number, { value, data = NOTHING }: CallAnswer): Call {
  return encoded(id, { value }, data)
}

function encoded(id: number, body: unknown, data: Uint8Array): Call {
  const json = Buffer.from(JSON.stringify(body), 'utf8')
  if (json.length > CALL_JSON_BYTES || data.length > CALL_DATA_BYTES) {
    return encoded(id, { error: { code: 'EMSGSIZE', message: 'the answer is too long' } }, NOTHING)
  }
  return { id, json, data }
}

/** For a worker that nothing is done for. */
export function noBridge(): HostBridge {
  return new HostBridge(() => [])
}
