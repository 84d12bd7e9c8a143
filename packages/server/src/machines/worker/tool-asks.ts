import type { Tool } from 'agentchat-sandbox'
import { ToolError, ToolFile } from 'agentchat-sandbox'
import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { exactJson, parseExactJson } from 'agentchat-sandbox-base/gate/exact-json'
import type { CallAnswer, CallEvent, WorkTool } from '../tool-wire.ts'

/** What asks are made with. */
export interface AskMeans {
  /** Fetches a large result from the service that has it. */
  readonly fetch: FetchResult
  /** The code waits for an answer. */
  onWait(): void
}

type FetchResult = (parcel: Extract<CallAnswer, { readonly token: string }>) => Promise<Buffer>

/** A call whose time does not count waits for as long as the library lets it: the service has limits for it. */
const DAY_SECONDS = 86_400
const MOST_AT_ONCE = 1000
/** Where Python finds files that tools give. */
const FOLDER = '/workspace/'

/** Calls of tools by the code of one execution, until the service that offered them has answered. */
export class ToolAsks {
  readonly #tell: (event: CallEvent) => Promise<void>
  readonly #fetch: FetchResult
  readonly #onWait: () => void
  readonly #waiting = new Map<number, Deferred<CallAnswer>>()
  #last = 0

  constructor(tell: (event: CallEvent) => Promise<void>, { fetch, onWait }: AskMeans) {
    this.#tell = tell
    this.#fetch = fetch
    this.#onWait = onWait
  }

  /** Does the code wait for an answer? */
  get isWaiting(): boolean {
    return this.#waiting.size > 0
  }

  /** Tools that pass their calls on. */
  tools(offered: readonly WorkTool[]): Tool[] {
    return offered.map((tool) => ({
      ...tool,
      ...{ checksArguments: false, maxConcurrent: MOST_AT_ONCE, maxResultBytes: 2 ** 26 },
      ...(tool.countsTime ? {} : { timeoutSeconds: DAY_SECONDS }),
      execute: async (args, { signal }) => await this.#call(tool.name, exactJson(args) ?? '{}', signal),
    }))
  }

  /** The service has answered; false when nobody waits for that. The first answer counts. */
  answer(call: number, answer: CallAnswer): boolean {
    const waiting = this.#waiting.get(call)
    if (waiting === undefined) return false
    this.#waiting.delete(call)
    waiting.resolve(answer)
    return true
  }

  async #call(tool: string, args: string, signal: AbortSignal): Promise<unknown> {
    this.#last += 1
    const call = this.#last
    const waiting = deferred<CallAnswer>()
    this.#waiting.set(call, waiting)
    try {
      this.#onWait()
      await this.#tell({ type: 'tool-ask', call, tool, arguments: args })
      return await this.#resultOf(await untilAborted(waiting.promise, signal))
    } catch (error) {
      if (this.#waiting.delete(call)) void this.#tell({ type: 'tool-give-up', call })
      throw error
    }
  }

  async #resultOf(answer: CallAnswer): Promise<unknown> {
    if ('error' in answer) throw new ToolError(answer.error)
    if ('json' in answer) return parseExactJson(answer.json)
    const bytes = await this.#fetch(answer)
    if (answer.file === null) return parseExactJson(bytes.toString())
    return new ToolFile(answer.file.replace(FOLDER, ''), bytes)
  }
}
