import type { ExecutionEvent, ExecutionOptions } from 'agentchat-sandbox'
import type { ServiceContext } from '../../services/context.ts'
import { AnsweredCalls } from './answered-calls.ts'
import type { Parcels } from './tickets.ts'

/** The executions whose calls of tools this service answers. */
export class ExecutionsWithTools {
  readonly #context: Pick<ServiceContext, 'sandboxes' | 'instance'>
  readonly #parcels: Parcels
  readonly #calls = new Map<string, AnsweredCalls>()

  /** @param parcels has the results that are too large for a message */
  constructor(context: Pick<ServiceContext, 'sandboxes' | 'instance'>, parcels: Parcels) {
    this.#context = context
    this.#parcels = parcels
  }

  has(id: string): boolean {
    return this.#calls.has(id)
  }

  /** What answers the calls of an execution, while it is followed with tools. */
  find(id: string): AnsweredCalls | undefined {
    return this.#calls.get(id)
  }

  /** The events of an execution, with what its calls tell where some tools were offered to it; they are answered so long. */
  async *follow(
    id: string,
    events: AsyncIterable<ExecutionEvent>,
    { tools = [], secrets, redaction, signal }: ExecutionOptions & { readonly signal: AbortSignal },
  ): AsyncGenerator<ExecutionEvent, void, void> {
    const { sandboxes, instance } = this.#context
    if (tools.length === 0) return yield* events
    const calls = new AnsweredCalls({
      ...{ parcels: this.#parcels, service: instance, signal, tools: tools.map(({ name }) => name) },
      open: async (tell) => await sandboxes.toolDesk({ tools, secrets, redaction, signal, tell }),
    })
    this.#calls.set(id, calls)
    try {
      yield* calls.between(events)
    } finally {
      this.#calls.delete(id)
    }
  }
}
