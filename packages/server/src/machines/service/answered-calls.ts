import type {
  CodeExecutionResult,
  DeskAnswer,
  ExecutionEvent,
  PermissionUse,
  ToolDesk,
} from 'agentchat-sandbox'
import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { MachineAnswerError } from '../../services/executions/machines.ts'
import type { CallAnswer, CallEvent } from '../tool-wire.ts'
import type { MachineLink } from './machine-link.ts'
import type { Parcels } from './tickets.ts'

/** A larger result is fetched in pieces. */
const MAX_INLINE_BYTES = 128 * 1024
/** Calls that a machine has heard no answer of, at most. */
const MAX_UNDER_WAY = 10_000
const NOBODY = 'nobody answers calls of tools here'

/** What calls of one execution are answered with. */
export interface CallParts {
  readonly parcels: Parcels
  /** This service. */
  readonly service: string
  /** Aborted when the execution is to end. */
  readonly signal: AbortSignal
  /** Names of the tools. */
  readonly tools: readonly string[]
  /** Makes what answers them, which tells of each. */
  open(tell: (event: ExecutionEvent) => void): Promise<ToolDesk>
}

/**
 * The calls of tools that the code of one execution makes on a machine: made here, and told of here, whatever the machine
 * says of them.
 */
export class AnsweredCalls {
  readonly #parts: CallParts
  readonly #over = new AbortController()
  readonly #told: ExecutionEvent[] = []
  readonly #underWay = new Set<Promise<void>>()
  #changed: Deferred<null> = deferred()
  #desk: ToolDesk | null = null
  #last = 0
  /** How many calls are being made. */
  #made = 0
  #idleSince = performance.now()

  constructor(parts: CallParts) {
    this.#parts = parts
  }

  /** Since when no call is made here, on the clock of `performance.now()`; null while one is. */
  get idleSince(): number | null {
    return this.#made > 0 ? null : this.#idleSince
  }

  /** The machine tells of a call. Each has the next number. @throws MachineAnswerError for what no machine of ours tells */
  take(event: CallEvent, link: MachineLink): void {
    const { call } = event
    if (event.type === 'tool-give-up') {
      this.#desk?.giveUp(call)
      return
    }
    if (call !== this.#last + 1)
      throw new MachineAnswerError(`it tells of call ${call}, and ${this.#last + 1} is the next one`)
    if (this.#underWay.size >= MAX_UNDER_WAY)
      throw new MachineAnswerError(`it has more than ${MAX_UNDER_WAY} calls under way`)
    this.#last = call
    const work = this.#answer(event, link).finally(() => this.#underWay.delete(work))
    this.#underWay.add(work)
  }

  /** The events of the execution, and those of the calls among them. The end comes when no call is under way any more. */
  async *between(events: AsyncIterable<ExecutionEvent>): AsyncGenerator<ExecutionEvent, void, void> {
    this.#desk = await this.#parts.open((event) => {
      this.#told.push(event)
      this.#changed.resolve(null)
      this.#changed = deferred()
    })
    const source = events[Symbol.asyncIterator]()
    try {
      for (let next = source.next(); ; ) {
        yield* this.#told.splice(0)
        if (this.#told.length > 0) continue
        const came = await Promise.race([next, this.#changed.promise])
        if (came === null) continue
        yield* this.#told.splice(0)
        if (came.done === true) return
        if (came.value.type === 'finished') {
          await this.#end()
          yield* this.#told.splice(0)
          yield { type: 'finished', result: this.#seen(came.value.result) }
        } else yield came.value
        next = source.next()
      }
    } finally {
      await this.#end()
      await source.return?.()
    }
  }

  async #answer(
    { call, tool, arguments: args }: Extract<CallEvent, { readonly type: 'tool-ask' }>,
    link: MachineLink,
  ): Promise<void> {
    this.#made += 1
    const answer = await this.#desk
      ?.call(call, tool, Buffer.from(args))
      .catch((): DeskAnswer => ({ ok: false, error: 'it is no call of a tool' }))
    this.#made -= 1
    this.#idleSince = performance.now()
    // Code that is to end hears nothing more.
    if (this.#parts.signal.aborted) return
    await link.answer(call, this.#written(answer ?? { ok: false, error: NOBODY }), this.#over.signal)
  }

  #written(answer: DeskAnswer): CallAnswer {
    if (!answer.ok) return { error: answer.error.slice(0, 4000) }
    const bytes = Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.byteLength)
    if (answer.file === null && bytes.length <= MAX_INLINE_BYTES) return { json: bytes.toString() }
    const { parcels, service } = this.#parts
    return { service, token: parcels.add(bytes), bytes: bytes.length, file: answer.file }
  }

  /** What the receipt says of tools is what was seen here. */
  #seen(result: CodeExecutionResult): CodeExecutionResult {
    const { used, denied } = this.#desk?.uses ?? { used: [], denied: [] }
    const { permissions } = result
    const others = (uses: readonly PermissionUse[]) => uses.filter(({ kind }) => kind !== 'tool')
    return {
      ...result,
      permissions: {
        ...permissions,
        granted: { ...permissions.granted, tool: this.#parts.tools },
        used: [...others(permissions.used), ...used],
        denied: [...others(permissions.denied), ...denied],
      },
    }
  }

  async #end(): Promise<void> {
    this.#over.abort()
    this.#desk?.close()
    await Promise.all(this.#underWay)
  }
}

/**
 * Answers a call that was never offered: of an execution without tools, or of a service that is lost. Resolves when the
 * machine has heard it, so that no more than one waits for that.
 */
export async function refuseCall(
  { type, call }: CallEvent,
  link: MachineLink,
  until: AbortSignal,
): Promise<void> {
  if (type === 'tool-ask') await link.answer(call, { error: NOBODY }, until)
}
