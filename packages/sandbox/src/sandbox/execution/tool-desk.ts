import { CallError } from '../bridge/call-error.ts'
import { ToolService } from '../bridge/tool-service.ts'
import { UseCounter } from '../bridge/use-counter.ts'
import type { RunRedaction } from '../redaction/run-redaction.ts'
import type { ExecutionEvent } from '../result/events.ts'
import type { PermissionUse } from '../result/result.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import type { ExecutionOptions } from './execution-options.ts'
import type { ExecutionRequest } from './request.ts'

/** Whose calls are answered, and who is told of them. */
export interface ToolDeskOptions extends Pick<ExecutionOptions, 'tools' | 'secrets' | 'redaction'> {
  /** Aborted when the execution is over: calls that are under way end then. */
  readonly signal: AbortSignal
  /** Told of each call before and after it, as by the events of an execution. */
  tell(event: ToolEvent): void
}

/** An event about a call. */
type ToolEvent = Extract<ExecutionEvent, { readonly type: 'tool-call' | 'tool-result' }>

/** What code is told of its call: the bytes of JSON, or of a file that Python is to find under a path; or what went wrong. */
export type DeskAnswer =
  | { readonly ok: true; readonly file: string | null; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly error: string }

interface DeskParts extends Pick<ToolDeskOptions, 'signal' | 'tell'> {
  readonly set: ToolSet | null
  readonly redaction: RunRedaction | null
}

/** Calls of one execution that are under way or wait, at most: as many as of a worker. */
const MAX_CALLS = 1024
/** A larger answer is refused. */
const MAX_ANSWER_BYTES = 2 ** 26
const NOTHING: Disposable = { [Symbol.dispose]: () => {} }

/** What answers the calls of the execution that a request is of. */
export async function openToolDesk(
  { tools: set, redaction }: Pick<ExecutionRequest, 'tools' | 'redaction'>,
  ends: Pick<ToolDeskOptions, 'signal' | 'tell'>,
): Promise<ToolDesk> {
  if (redaction.isUnready) await redaction.load()
  return new ToolDesk({ ...ends, set, redaction: redaction.begin() })
}

/**
 * Answers the calls of tools of one execution that runs elsewhere, in a place that may say anything: each call is checked,
 * counted, approved, bounded and redacted here, as one of a worker is.
 */
export class ToolDesk {
  readonly #uses = { used: new UseCounter(), denied: new UseCounter() }
  readonly #service = new ToolService(this.#uses)
  #underWay = 0

  constructor({ set, redaction, signal, tell }: DeskParts) {
    this.#service.begin(
      set && {
        ...{ set, signal, stopClock: () => NOTHING },
        redact: redaction && ((value) => redaction.value(value)),
        tell: async (event) => {
          const told = redaction?.event(event) ?? event
          if (told.type === 'tool-call' || told.type === 'tool-result') tell(told)
        },
      },
    )
  }

  /** Which tools were called, and how often; and which calls were refused. */
  get uses(): { readonly used: readonly PermissionUse[]; readonly denied: readonly PermissionUse[] } {
    return { used: this.#uses.used.uses, denied: this.#uses.denied.uses }
  }

  /**
   * Makes a call: of the tool with this name, with arguments as JSON. `number` is what the code knows it by. Rejects only for
   * what no code of ours asks.
   */
  async call(number: number, tool: string, args: Uint8Array): Promise<DeskAnswer> {
    if (this.#underWay >= MAX_CALLS) return { ok: false, error: `more than ${MAX_CALLS} calls at a time` }
    this.#underWay += 1
    try {
      const { value, data = new Uint8Array() } = await this.#ask('tool.call', { tool, call: number }, args)
      // It is our own service that answers.
      return await this.#whole(value as Opening, data)
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      return { ok: false, error: error.message }
    } finally {
      this.#underWay -= 1
    }
  }

  /** The code does not wait any more for the call with this number. */
  giveUp(number: number): void {
    // It answers at once, and has nothing to fail at.
    this.#ask('tool.give-up', { call: number }).catch(() => {})
  }

  /** Ends what is under way. */
  close(): void {
    this.#service.close()
  }

  async #ask(name: string, params: object, data: Uint8Array = new Uint8Array()) {
    const answer = await this.#service.calls[name]?.(params, data)
    if (answer === undefined) throw new TypeError(`Cannot answer: there is no call "${name}"`)
    return answer
  }

  async #whole({ bytes, file, result }: Opening, first: Uint8Array): Promise<DeskAnswer> {
    if (bytes > MAX_ANSWER_BYTES)
      return { ok: false, error: `the result takes ${bytes} bytes, at most ${MAX_ANSWER_BYTES} can be sent` }
    const pieces = [first]
    for (let at = first.length; at < bytes; ) {
      const { data = new Uint8Array() } = await this.#ask('tool.read', { result, at })
      if (data.length === 0) return { ok: false, error: 'the execution is over' }
      pieces.push(data)
      at += data.length
    }
    return { ok: true, file, bytes: pieces.length === 1 ? first : Buffer.concat(pieces) }
  }
}

/** The beginning of a result, as `ToolService` tells it. */
interface Opening {
  readonly bytes: number
  readonly file: string | null
  readonly result: number
}
