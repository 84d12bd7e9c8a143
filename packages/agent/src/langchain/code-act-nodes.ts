import { AIMessage } from '@langchain/core/messages'
import type { LangGraphRunnableConfig } from '@langchain/langgraph'
import type { AgentEvent } from '../agent/agent-events.ts'
import { ModelError } from '../agent/chat-model.ts'
import { Ended } from '../agent/ended.ts'
import { extractCode } from '../agent/extract-code.ts'
import { imagesOf, observe } from '../agent/observe.ts'
import { readTurn } from '../agent/read-turn.ts'
import { Repetition } from '../agent/repetition.ts'
import { runCode } from '../agent/run-code.ts'
import { defaultPrompt } from '../agent/system-prompt.ts'
import { TokenCount } from '../agent/token-count.ts'
import { withoutCode } from '../agent/without-code.ts'
import { chatMessagesOf, observationMessage } from './code-act-messages.ts'
import type { CodeActSettings } from './code-act-options.ts'
import { type AgentProgress, BEGINNING, type CodeActState, type CodeActUpdate } from './code-act-state.ts'
import { LiveSessions } from './live-sessions.ts'
import { SessionCodec } from './session-codec.ts'
import { sandboxStateOf } from './session-state.ts'
import { unkeptReason } from './tool-errors.ts'
import { storeOf } from './tool-options.ts'

/** One node at work. */
interface Work {
  readonly signal: AbortSignal
  /** Yields the events to the reader of the stream, and returns what they come to. */
  follow<Value>(events: AsyncGenerator<AgentEvent, Value>): Promise<Value>
}

/** The model broke off: what it had written, and what that cost. */
class BrokenOff extends Error {
  readonly known: CodeActUpdate & { readonly progress: AgentProgress }
  constructor(cause: unknown, known: BrokenOff['known']) {
    super('the model broke off', { cause })
    this.known = known
  }
}

/** The nodes of the graph: each does one half of a step of the loop. */
export class CodeActNodes {
  readonly #settings: CodeActSettings
  readonly #prompt: string
  readonly #sessions: LiveSessions

  constructor(settings: CodeActSettings) {
    const { tools, limits, systemPrompt, sandbox, sessionStore, maxStateBytes } = settings
    this.#settings = settings
    this.#prompt = systemPrompt ?? defaultPrompt(tools, { ...settings, ...limits })
    this.#sessions = new LiveSessions(
      sandbox,
      new SessionCodec({ store: storeOf(sessionStore), maxStateBytes }),
    )
  }

  /** A new task: the limits begin anew, Python stays. */
  readonly begin = (): CodeActUpdate => ({ progress: BEGINNING, end: null, answer: null, problem: null })

  /** The model writes. */
  readonly model = (state: CodeActState, config: LangGraphRunnableConfig): Promise<CodeActUpdate> =>
    this.#timed(state, config, async (work) => {
      const { model, limits, tags } = this.#settings
      const { progress } = state
      const step = progress.step + 1
      if (step > limits.maxSteps) throw new Ended('max-steps', `no answer in ${limits.maxSteps} steps`)
      const tokens = new TokenCount(progress.usage)
      const messages = chatMessagesOf(this.#prompt, state.messages)
      let soFar = ''
      const keep = (text: string) => {
        soFar = text
      }
      const reading = { step, signal: work.signal, tokens, keep }
      const turn = await work.follow(readTurn(model, messages, reading)).catch((error: unknown) => {
        const known = { progress: { ...progress, step, usage: tokens.usage } }
        throw new BrokenOff(error, soFar === '' ? known : { ...known, messages: [new AIMessage(soFar)] })
      })
      const { text } = turn
      const wrote = { messages: [new AIMessage(text)] }
      const now = { ...progress, step, usage: tokens.usage }
      if (limits.maxTokens !== undefined && tokens.all > limits.maxTokens) {
        const problem = `${tokens.all} tokens were used, ${limits.maxTokens} are allowed`
        return { ...wrote, progress: now, end: 'max-tokens', problem }
      }
      if (extractCode(text, tags).code !== null) return { ...wrote, progress: { ...now, emptyTurns: 0 } }
      const outcome = withoutCode(turn, progress.emptyTurns)
      if (outcome.answer !== null) return { ...wrote, progress: now, end: 'answered', answer: outcome.answer }
      return {
        messages: [...wrote.messages, observationMessage(outcome.told)],
        progress: { ...now, emptyTurns: 1 },
      }
    })

  /** Python runs what the model wrote. */
  readonly python = (state: CodeActState, config: LangGraphRunnableConfig): Promise<CodeActUpdate> =>
    this.#timed(state, config, async (work) => {
      const { tools, limits, tags, model } = this.#settings
      const { blocks, unclosed, code } = extractCode(state.messages.at(-1)?.text ?? '', tags)
      if (code === null) throw new Ended('sandbox-failed', 'the last message has no code')
      const { step, ...progress } = state.progress
      await work.follow(just({ type: 'code', step, code }))
      const owner = this.#settings.owner?.(config) ?? null
      const session = await this.#sessions.open(sandboxStateOf(state), owner)
      const run = { session, tools, stepSeconds: limits.stepSeconds, step, signal: work.signal }
      const { result, answer } = await work.follow(runCode(run, code)).catch(async (error: unknown) => {
        await session.close()
        throw error
      })
      const kept = await this.#sessions
        .keep(session, owner)
        .catch((error: unknown) => ({ unkept: unkeptReason(error) }))
      const repetition = new Repetition(progress.repetition)
      const turn = { code, blocks, unclosed, ended: answer !== null }
      const told = observe(result, turn, { repetition, maxChars: limits.observationChars })
      const text = 'unkept' in kept ? `${told.text}\n(${kept.unkept})` : told.text
      await work.follow(just({ type: 'observation', step, text, result }))
      const observation = observationMessage(text, model.takesImages ? imagesOf(result) : [])
      const update: CodeActUpdate = {
        ...('unkept' in kept ? {} : { ...kept, session_metadata: { ...kept.session_metadata } }),
        messages: [observation],
        progress: { ...progress, step, repetition: repetition.state },
      }
      if (answer !== null) {
        const said = typeof answer.value === 'string' ? answer.value : JSON.stringify(answer.value)
        return {
          ...update,
          messages: [observation, new AIMessage(said)],
          end: 'answered',
          answer: answer.value,
        }
      }
      if (told.repeated !== 'ends') return update
      return { ...update, end: 'repeating', problem: 'the same code came to the same three times' }
    })

  /** Where the graph goes from here. */
  readonly next = ({ end, messages }: CodeActState): 'model' | 'python' | '__end__' => {
    if (end !== null) return '__end__'
    const last = messages.at(-1)
    if (!AIMessage.isInstance(last)) return 'model'
    return extractCode(last.text, this.#settings.tags).code === null ? 'model' : 'python'
  }

  /** Does one half of a step within the time that is left. When the caller aborts, the checkpoint before it stays. */
  async #timed(
    { progress }: CodeActState,
    { signal: given, writer }: LangGraphRunnableConfig,
    work: (context: Work) => Promise<CodeActUpdate>,
  ): Promise<CodeActUpdate> {
    const begun = performance.now()
    const { maxSeconds } = this.#settings.limits
    const deadline = AbortSignal.timeout(Math.max(1, Math.ceil((maxSeconds - progress.seconds) * 1000)))
    const signal = AbortSignal.any([deadline, ...(given === undefined ? [] : [given])])
    const follow: Work['follow'] = async (events) => {
      for (;;) {
        const { done, value } = await events.next()
        if (done) return value
        writer?.(value)
      }
    }
    const spent = (now: AgentProgress) => ({
      ...now,
      seconds: progress.seconds + (performance.now() - begun) / 1000,
    })
    try {
      const update = await work({ signal, follow })
      if (given?.aborted) throw given.reason
      if (deadline.aborted && (update.end ?? null) === null)
        throw new Ended('max-seconds', `no answer in ${maxSeconds} s`)
      return { ...update, progress: spent(update.progress ?? progress) }
    } catch (error) {
      const [reason, known] = error instanceof BrokenOff ? [error.cause, error.known] : [error, { progress }]
      if (given?.aborted) throw reason
      const isLate = deadline.aborted && !(reason instanceof Ended)
      const { end, message } = isLate
        ? new Ended('max-seconds', `no answer in ${maxSeconds} s`)
        : endOf(reason)
      return { ...known, end, problem: message, progress: spent(known.progress) }
    }
  }
}

function endOf(error: unknown): Ended {
  if (error instanceof Ended) return error
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ModelError)
    return new Ended(error.kind === 'refused' ? 'model-refused' : 'model-failed', message)
  return new Ended('sandbox-failed', message)
}

async function* just(event: AgentEvent): AsyncGenerator<AgentEvent, void> {
  yield event
}
