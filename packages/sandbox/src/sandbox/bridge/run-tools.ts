import { CALL_DATA_BYTES } from '../../protocol/frames.ts'
import type { ExecutionEvent } from '../result/events.ts'
import type { ResultBody } from '../tools/result-body.ts'
import { Slots } from '../tools/slots.ts'
import type { CheckedTool, ToolSet } from '../tools/tool-set.ts'
import { CallError } from './call-error.ts'
import type { CallAnswer } from './host-service.ts'

/** Results of which Python has read only the beginning, and bytes of them. */
const MAX_UNREAD = 1000
const MAX_UNREAD_BYTES = 2 ** 27

/** The tools of one execution. */
export interface ToolRun {
  readonly set: ToolSet
  /** Takes secrets out of values that Python gets; null where none are looked for. */
  readonly redact: ((value: unknown) => unknown) | null
  /** Aborted when the execution is over. */
  readonly signal: AbortSignal
  /** Tells what happens; resolves when its reader is not far behind (backpressure). */
  tell(event: ExecutionEvent): Promise<void>
  /** Stops the clock of the execution until what it gives is disposed. */
  stopClock(): Disposable
}

/** What the calls of one execution have used up, what they have at work, and what they have left to read. */
export class RunTools {
  readonly run: ToolRun
  #calls = 0
  readonly #callsOf = new Map<string, number>()
  readonly #slots = new Map<string, Slots>()
  /** Calls that are under way; some of them by the number that Python gave them. */
  readonly #underWay = new Set<AbortController>()
  readonly #numbered = new Map<number, AbortController>()
  readonly #unread = new Map<number, ResultBody>()
  #unreadBytes = 0
  #lastResult = 0

  constructor(run: ToolRun) {
    this.run = run
    run.signal.addEventListener('abort', this.#onOver, { once: true })
  }

  /** Counts a call, and gives its number. @throws CallError when it is past a limit */
  count({ name, maxCalls }: CheckedTool): number {
    const ofTool = this.#callsOf.get(name) ?? 0
    const { maxCalls: maxOfAll } = this.run.set
    if (this.#calls >= maxOfAll)
      throw new CallError('tool', `Tools were called more than ${maxOfAll} times (maxToolCalls)`)
    if (ofTool >= maxCalls)
      throw new CallError('tool', `"${name}" was called more than ${maxCalls} times (maxCalls)`)
    this.#calls += 1
    this.#callsOf.set(name, ofTool + 1)
    return this.#calls
  }

  /** The calls of this tool that may be at work. */
  slotsOf({ name, maxConcurrent }: CheckedTool): Slots {
    const slots = this.#slots.get(name) ?? new Slots(maxConcurrent)
    this.#slots.set(name, slots)
    return slots
  }

  /** A call begins, that Python may give up by its number; its signal is aborted then, and when the execution is over. */
  begin(number: number): { readonly signal: AbortSignal } & Disposable {
    const controller = new AbortController()
    this.#underWay.add(controller)
    if (this.run.signal.aborted) controller.abort(this.run.signal.reason)
    // A number that is there already was forged: it names the call that was first.
    const ours = !this.#numbered.has(number)
    if (ours) this.#numbered.set(number, controller)
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        if (ours) this.#numbered.delete(number)
        this.#underWay.delete(controller)
      },
    }
  }

  /** Python has given up a call, which may be over. */
  giveUp(number: number): void {
    this.#numbered.get(number)?.abort()
  }

  /** The answer with the first bytes of a result; the rest can be read. @throws CallError when too much is unread */
  async answer(body: ResultBody): Promise<CallAnswer> {
    const data = await body.read(0, CALL_DATA_BYTES)
    const { bytes, file } = body
    if (data.length >= bytes) return { value: { bytes, file, result: 0 }, data }
    if (this.#unread.size >= MAX_UNREAD || this.#unreadBytes + body.heldBytes > MAX_UNREAD_BYTES)
      throw new CallError('tool', 'too many results of tools were not read')
    this.#lastResult += 1
    this.#unread.set(this.#lastResult, body)
    this.#unreadBytes += body.heldBytes
    return { value: { bytes, file, result: this.#lastResult }, data }
  }

  /** Bytes of a result, which is forgotten when its last byte has been read. */
  async read(result: number, at: number): Promise<Uint8Array> {
    const body = this.#unread.get(result)
    if (body === undefined) return new Uint8Array()
    const data = await body.read(at, CALL_DATA_BYTES)
    if (at + data.length >= body.bytes && this.#unread.delete(result)) this.#unreadBytes -= body.heldBytes
    return data
  }

  /** Another execution begins: nobody reads any more, or waits. */
  clear(): void {
    this.run.signal.removeEventListener('abort', this.#onOver)
    this.#onOver()
    this.#unread.clear()
    this.#unreadBytes = 0
  }

  // One listener for all of them: a thousand calls at a time are no leak.
  readonly #onOver = () => {
    for (const controller of [...this.#underWay]) controller.abort(this.run.signal.reason)
  }
}
