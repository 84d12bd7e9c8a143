import type { CallbackManagerForToolRun } from '@langchain/core/callbacks/manager'
import { ToolMessage } from '@langchain/core/messages'
import { StructuredTool, type ToolRunnableConfig } from '@langchain/core/tools'
import { Command, type LangGraphRunnableConfig } from '@langchain/langgraph'
import {
  type CodeExecutionResult,
  PyodideSandbox,
  type PythonExecutor,
  type PythonRunner,
  type PythonSession,
  type SandboxOptions,
} from 'agentchat-sandbox'
import { z } from 'zod'
import { CallLanes } from './call-lanes.ts'
import { LiveSessions } from './live-sessions.ts'
import { pendingSession } from './pending-session.ts'
import { noteReplaced } from './replaced-states.ts'
import { artifactOf, type SandboxArtifact } from './sandbox-artifact.ts'
import { SessionCodec } from './session-codec.ts'
import { type SandboxState, sandboxStateOf } from './session-state.ts'
import { SandboxToolError, unkeptReason } from './tool-errors.ts'
import {
  type PyodideSandboxToolOptions,
  parseToolOptions,
  storeOf,
  type ToolSettings,
} from './tool-options.ts'

const inputSchema = z.object({ code: z.string().max(10_000_000).describe('The Python code to run.') })

/** What LangGraph tells a tool beside the arguments. */
type CallConfig = ToolRunnableConfig &
  Pick<LangGraphRunnableConfig, 'writer'> & { readonly state?: unknown; readonly toolCallId?: string }

/** What a call came to. */
interface Ran {
  readonly result: CodeExecutionResult
  readonly state: SandboxState
  /** Why Python's state is that from before the call; null where it was kept. */
  readonly unkept: string | null
}

/**
 * A tool that runs Python for a model. Content of its message is a text for the model, artifact a `SandboxArtifact`. With
 * `stateful` the state of the graph holds that of Python, and calls of one message run one after the other.
 *
 * @example
 * ```ts
 * const agent = createAgent({ model, tools: [new PyodideSandboxTool({ timeoutSeconds: 30 })] })
 * ```
 */
export class PyodideSandboxTool extends StructuredTool<typeof inputSchema> {
  static override lc_name(): string {
    return 'PyodideSandboxTool'
  }

  override name = 'python_code_sandbox'
  override description: string
  override schema = inputSchema
  override responseFormat = 'content_and_artifact'
  readonly #settings: ToolSettings
  readonly #sandbox: PythonExecutor & Partial<AsyncDisposable>
  readonly #ownsSandbox: boolean
  readonly #sessions: LiveSessions
  readonly #lanes = new CallLanes()

  /** Checks the options; nothing is started. @throws ToolOptionsError, InvalidOptionsError, UnsupportedError */
  constructor(options: PyodideSandboxToolOptions = {}) {
    super()
    const { settings, sandboxOptions } = parseToolOptions(options)
    const { sandbox, sessionStore, maxStateBytes } = settings
    this.#settings = settings
    this.#ownsSandbox = sandbox === undefined
    this.#sandbox =
      sandbox ?? new PyodideSandbox({ ...sandboxOptions, ...(sessionStore && { sessionStore }) })
    this.#sessions = new LiveSessions(
      this.#sandbox,
      new SessionCodec({ store: storeOf(sessionStore), maxStateBytes }),
    )
    this.description = descriptionOf({ ...sandboxOptions, stateful: settings.stateful })
  }

  /** Ends what the tool has started: its sandbox, or in one that it was given its sessions. */
  async close(): Promise<void> {
    await this.#sessions.close()
    if (this.#ownsSandbox) await this.#sandbox[Symbol.asyncDispose]?.()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What is thrown reaches a model: nothing of the host may be in it. @throws SandboxToolError, MissingStateError */
  protected override async _call(
    { code }: z.output<typeof inputSchema>,
    _manager?: CallbackManagerForToolRun,
    config: CallConfig = {},
  ): Promise<[string | ToolMessage | Command, SandboxArtifact]> {
    try {
      return await this.#called(code, config)
    } catch (error) {
      throw SandboxToolError.from(error)
    }
  }

  async #called(
    code: string,
    config: CallConfig,
  ): Promise<[string | ToolMessage | Command, SandboxArtifact]> {
    const id = config.toolCallId ?? config.toolCall?.id
    if (!this.#settings.stateful) {
      return await this.#answer(await this.#run(this.#sandbox, code, config), id)
    }
    const { result, state, unkept } = await this.#runInTurn(code, id, config)
    const [message, artifact] = await this.#answer(result, id, unkept)
    if (typeof message === 'string') return [message, artifact]
    return [new Command({ update: { ...state, messages: [message] } }), artifact]
  }

  async #runInTurn(code: string, id: string | undefined, config: CallConfig): Promise<Ran> {
    const before = sandboxStateOf(config.state)
    const messages: unknown = Reflect.get(Object(config.state), 'messages')
    const thread: unknown = config.configurable?.thread_id
    const { lane, place } = this.#lanes.find({
      ...{ id, messages, state: before },
      thread: typeof thread === 'string' ? thread : undefined,
    })
    return await lane.run(place, config.signal, async (left) => {
      const latest = left === before ? await pendingSession(before, config) : left
      const ran = await this.#runInState(code, latest, config)
      // Only what this message made is replaced: to any older state somebody may want to go back.
      if (latest !== before && ran.state !== latest) {
        noteReplaced(latest.session_bytes, ran.state.session_bytes)
        noteReplaced(latest.session_metadata, ran.state.session_metadata)
      }
      return ran
    })
  }

  async #runInState(code: string, before: SandboxState, config: CallConfig): Promise<Ran> {
    const owner = this.#settings.owner?.(config) ?? null
    const session = await this.#sessions.open(before, owner)
    const result = await this.#runOrClose(session, code, config)
    try {
      return { result, state: await this.#sessions.keep(session, owner), unkept: null }
    } catch (error) {
      return { result, state: before, unkept: unkeptReason(error) }
    }
  }

  async #runOrClose(session: PythonSession, code: string, config: CallConfig): Promise<CodeExecutionResult> {
    try {
      return await this.#run(session, code, config)
    } catch (error) {
      await session.close()
      throw error
    }
  }

  /** @throws the reason of the signal when that is aborted; the worker has ended then */
  async #run(runner: PythonRunner, code: string, config: CallConfig): Promise<CodeExecutionResult> {
    const { signal, writer } = config
    const toolCallId = config.toolCallId ?? config.toolCall?.id ?? null
    for await (const event of runner.stream(code, signal === undefined ? {} : { signal })) {
      if (event.type !== 'finished') writer?.({ type: 'python', toolCallId, event })
      else if (signal?.aborted) throw signal.reason
      else return event.result
    }
    throw new TypeError('Cannot give the result: the stream ended without a "finished" event')
  }

  async #answer(
    result: CodeExecutionResult,
    id: string | undefined,
    unkept: string | null = null,
  ): Promise<[string | ToolMessage, SandboxArtifact]> {
    const { maxChars, maxArtifactBytes } = this.#settings
    const artifact = await artifactOf(result, maxArtifactBytes)
    const text = result.toText({ maxChars })
    const content = unkept === null ? text : `${text}\n(${unkept})`
    if (id === undefined) return [content, artifact]
    const { status } = result
    return [new ToolMessage({ content, artifact, status, tool_call_id: id, name: this.name }), artifact]
  }
}

/** What a model is told of the tool. */
function descriptionOf({ stateful, timeoutSeconds = 60, ...options }: SandboxOptions): string {
  const packages = options.packages ?? []
  return [
    'Runs Python code (CPython 3.14 in a sandbox) and returns what it printed, the value of its last line, and errors.',
    stateful
      ? 'Variables, imports and files stay from call to call.'
      : 'Each call starts afresh: nothing stays from the one before.',
    packages.length === 0
      ? 'The standard library is there.'
      : `The standard library and these packages are there: ${packages.join(', ').slice(0, 1000)}.`,
    isGranted(options.allowNet) ? '' : 'There is no network.',
    `A call may take ${timeoutSeconds} s.`,
  ]
    .filter((line) => line !== '')
    .join(' ')
}

function isGranted(grant: boolean | readonly string[] | undefined): boolean {
  return Array.isArray(grant) ? grant.length > 0 : grant === true
}
