import { SchemaGate } from 'agentchat-sandbox-base/gate/schema-gate'
import { InvalidOptionsError, type OptionProblem } from '../errors/errors.ts'
import type { Logger } from '../listeners.ts'
import { knownSchema } from './known-schema.ts'
import type { JsonSchema, ToolSettings } from './tool.ts'
import type { CheckedTool, ToolSet } from './tool-set.ts'

/** All tools of one execution, described to Python in one message. */
const MAX_DESCRIPTION_CHARS = 4 * 2 ** 20

/** The arguments of a tool that says nothing of them. */
const NO_PARAMETERS: JsonSchema = { type: 'object', properties: {}, additionalProperties: false }

/** The options of tools. */
interface Settings {
  readonly tools: readonly ToolSettings[]
  readonly maxToolCalls: number
  readonly maxToolArgumentBytes: number
  readonly maxToolResultBytes: number
  readonly logger?: Logger | undefined
}

/** Tools that somebody offers, checked, by their names. */
type Offer = ReadonlyMap<string, CheckedTool>

/** The tools of a sandbox; what a session and an execution add to them is put together here. */
export class Toolbox implements Disposable {
  readonly #settings: Settings
  readonly #own: Offer
  /** What is offered when nothing is added; null where there are no tools. */
  readonly #plain: ToolSet | null
  #gate: SchemaGate | null = null

  /** @throws InvalidOptionsError naming each schema that cannot be used, and each name that is there twice */
  constructor(settings: Settings) {
    this.#settings = settings
    this.#own = this.offer(settings.tools, 'options')
    this.#plain = this.#setOf(this.#own, 'options')
  }

  /**
   * Checks tools that a session or an execution offers.
   * @throws InvalidOptionsError naming each schema that cannot be used, and each name that is there twice
   */
  offer(tools: readonly ToolSettings[], what: string): Offer {
    const problems: OptionProblem[] = []
    const offer = new Map<string, CheckedTool>()
    for (const [index, { parameters = NO_PARAMETERS, ...tool }] of tools.entries()) {
      const { name } = tool
      if (offer.has(name))
        problems.push({ path: `tools[${index}].name`, problem: `"${name}" is there twice` })
      const { schema, key, problem } = knownSchema(parameters)
      if (problem !== null) problems.push({ path: `tools[${index}].parameters`, problem })
      const {
        maxArgumentBytes = this.#settings.maxToolArgumentBytes,
        maxResultBytes = this.#settings.maxToolResultBytes,
      } = tool
      offer.set(name, { ...tool, parameters: schema, schemaKey: key, maxArgumentBytes, maxResultBytes })
    }
    if (problems.length > 0) throw new InvalidOptionsError(what, problems)
    return offer
  }

  /**
   * The tools of one execution: its own, then those of its session, then those of the sandbox; the first of a name wins.
   * Throws as `offer` does.
   */
  setFor(execution: readonly ToolSettings[], session: readonly ToolSettings[]): ToolSet | null {
    if (execution.length === 0 && session.length === 0) return this.#plain
    const what = 'execution options'
    return this.#setOf(
      new Map([...this.#own, ...this.offer(session, what), ...this.offer(execution, what)]),
      what,
    )
  }

  [Symbol.dispose](): void {
    this.#gate?.[Symbol.dispose]()
  }

  #setOf(tools: Offer, what: string): ToolSet | null {
    if (tools.size === 0) return null
    const description = JSON.stringify({ tools: [...tools.values()].map(describe) })
    if (description.length > MAX_DESCRIPTION_CHARS) {
      const problem = `their descriptions and schemas take ${description.length} characters, at most ${MAX_DESCRIPTION_CHARS} are allowed`
      throw new InvalidOptionsError(what, [{ path: 'tools', problem }])
    }
    this.#gate ??= new SchemaGate()
    const { maxToolCalls, logger } = this.#settings
    return {
      names: [...tools.keys()],
      tools,
      description,
      maxCalls: maxToolCalls,
      gate: this.#gate,
      logger,
    }
  }
}

function describe({ name, description = '', parameters, maxArgumentBytes }: CheckedTool) {
  return { name, description, parameters, maxArgumentBytes }
}
