import { type ExecutionOutcome, resultToText } from 'agentchat-sandbox'
import type { AgentEnd, AgentEvent, AgentResult, AgentStep } from './agent-events.ts'
import { type AgentOptions, type AgentSettings, parseAgentOptions } from './agent-options.ts'
import { type ChatMessage, ModelError, type ModelImage } from './chat-model.ts'
import { Conversation } from './conversation.ts'
import { extractCode } from './extract-code.ts'
import { FinalAnswer } from './final-answer.ts'
import { Repetition } from './repetition.ts'
import { defaultPrompt } from './system-prompt.ts'
import { TokenCount } from './token-count.ts'

/** What a model may write in one turn; the rest is not read. */
const MAX_TURN_CHARS = 2 ** 20
const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
const MAX_IMAGES = 4
const MAX_IMAGE_CHARS = 1_000_000

/** Ends the loop with a reason. */
class Ended extends Error {
  readonly end: Exclude<AgentEnd, 'answered'>
  constructor(end: Exclude<AgentEnd, 'answered'>, message: string) {
    super(message)
    this.end = end
  }
}

/** Runs the agent to its end. @throws AgentOptionsError */
export async function runAgent(options: AgentOptions): Promise<AgentResult> {
  for await (const event of streamAgent(options)) if (event.type === 'finished') return event.result
  throw new TypeError('Cannot give the result: the stream ended without a "finished" event')
}

/**
 * Runs the agent and yields what happens: the model writes code, the session runs it, the model is told what came of it,
 * until there is an answer or a limit. Leaving the loop ends it. Whatever goes wrong is in the result.
 * @throws AgentOptionsError
 */
export function streamAgent(options: AgentOptions): AsyncGenerator<AgentEvent, void, void> {
  // At once, and not when the first event is asked for.
  const settings = parseAgentOptions(options)
  return new AgentRun(settings).events()
}

class AgentRun {
  readonly #settings: AgentSettings
  readonly #conversation: Conversation
  readonly #steps: AgentStep[] = []
  readonly #tokens = new TokenCount()
  readonly #repetition = new Repetition()
  readonly #begun = performance.now()
  readonly #signal: AbortSignal
  readonly #deadline: AbortSignal
  #emptyTurns = 0

  constructor(settings: AgentSettings) {
    this.#settings = settings
    const { tools, limits, tags, task, signal } = settings
    const prompt = settings.systemPrompt ?? defaultPrompt(tools, { stepSeconds: limits.stepSeconds, tags })
    this.#conversation = new Conversation(prompt, task)
    this.#deadline = AbortSignal.timeout(Math.ceil(limits.maxSeconds * 1000))
    this.#signal = AbortSignal.any([this.#deadline, ...(signal === undefined ? [] : [signal])])
  }

  async *events(): AsyncGenerator<AgentEvent, void, void> {
    try {
      for (let step = 1; step <= this.#settings.limits.maxSteps; step += 1) {
        const answer = yield* this.#step(step)
        if (answer !== null) {
          yield this.#finished('answered', answer.value, null)
          return
        }
      }
      throw new Ended('max-steps', `no answer in ${this.#settings.limits.maxSteps} steps`)
    } catch (error) {
      const { end, message } = this.#endOf(error)
      yield this.#finished(end, null, message)
    }
  }

  async *#step(step: number): AsyncGenerator<AgentEvent, { readonly value: AgentResult['answer'] } | null> {
    const index = this.#steps.push({ text: '', code: null, observation: null }) - 1
    const text = yield* this.#turn(step, (soFar) => {
      this.#steps[index] = { text: soFar, code: null, observation: null }
    })
    const { code, blocks, unclosed } = extractCode(text, this.#settings.tags)
    if (code === null) return this.#withoutCode(text)
    this.#emptyTurns = 0
    this.#steps[index] = { text, code, observation: null }
    yield { type: 'code', step, code }
    const { result, answer } = yield* this.#execute(step, code)
    const told = this.#observation(result, { code, blocks, unclosed, ended: answer !== null })
    this.#steps[index] = { text, code, observation: told.text }
    yield { type: 'observation', step, text: told.text, result }
    if (answer !== null) return answer
    this.#demandGoing()
    if (told.repeated === 'ends') throw new Ended('repeating', 'the same code came to the same three times')
    this.#conversation.add(text, told.text, this.#settings.model.takesImages ? imagesOf(result) : [])
    return null
  }

  async *#turn(step: number, keep: (text: string) => void): AsyncGenerator<AgentEvent, string> {
    this.#demandGoing()
    const messages = this.#conversation.messages()
    let text = ''
    for await (const piece of this.#settings.model.stream(messages, { signal: this.#signal })) {
      if (piece.type === 'text') {
        text += piece.text
        keep(text)
      }
      if (piece.type === 'text' || piece.type === 'reasoning') yield { ...piece, step }
      if (piece.type === 'usage') this.#tokens.tell(piece)
      if (text.length > MAX_TURN_CHARS) break
    }
    this.#tokens.endTurn(charsOf(messages), text.length)
    this.#demandGoing()
    const { maxTokens } = this.#settings.limits
    if (maxTokens !== undefined && this.#tokens.all > maxTokens)
      throw new Ended('max-tokens', `${this.#tokens.all} tokens were used, ${maxTokens} are allowed`)
    return text.slice(0, MAX_TURN_CHARS)
  }

  #withoutCode(text: string): { readonly value: string } | null {
    if (text.trim() !== '') return { value: text.trim() }
    this.#emptyTurns += 1
    if (this.#emptyTurns > 1) throw new Ended('repeating', 'the model wrote nothing, twice')
    this.#conversation.add('', 'Your message was empty. Write a block of code, or the answer.')
    return null
  }

  async *#execute(step: number, code: string) {
    const { session, tools, limits } = this.#settings
    const final = new FinalAnswer()
    const events = session.stream(code, {
      tools: [...tools, final.tool],
      ...(limits.stepSeconds === undefined ? {} : { timeoutSeconds: limits.stepSeconds }),
      signal: AbortSignal.any([this.#signal, final.signal]),
    })
    const written = { stdout: '', stderr: '' }
    try {
      for await (const event of events) {
        if (event.type === 'finished')
          // What code did after its answer, until it was ended, does not count.
          return {
            result: final.given === null ? event.result : { ...event.result, ...written },
            answer: final.given,
          }
        if (final.given !== null) continue
        if (event.type === 'stdout' || event.type === 'stderr') written[event.type] += event.text
        if (!(isCall(event) && event.name === final.tool.name))
          yield { type: 'execution', step, event } as const
      }
    } catch (error) {
      if (this.#signal.aborted) this.#demandGoing()
      const reason = error instanceof Error ? error.message : String(error)
      throw new Ended('sandbox-failed', `the code could not be run: ${reason}`)
    }
    throw new Ended('sandbox-failed', 'the code could not be run: it had no end')
  }

  #observation(
    result: ExecutionOutcome,
    turn: {
      readonly code: string
      readonly blocks: number
      readonly unclosed: boolean
      readonly ended: boolean
    },
  ) {
    const shown = turn.ended ? { ...result, status: 'success' as const, error: null } : result
    const text = resultToText(shown, { maxChars: this.#settings.limits.observationChars })
    const { error, stdout, result: value } = result
    const outcome = error === null ? JSON.stringify([stdout, value]) : `${error.name}: ${error.message}`
    const repeated = this.#repetition.note(turn.code, { failed: error !== null, text: outcome })
    const notes = [
      ...(turn.blocks > 1 ? [`(${turn.blocks} blocks were run as one.)`] : []),
      ...(turn.unclosed ? ['(The block had no end; all after its beginning was run.)'] : []),
      ...(repeated === 'told'
        ? ['(This is the same code with the same outcome as before. Try something else.)']
        : []),
    ]
    return { text: [text, ...notes].join('\n'), repeated }
  }

  #demandGoing(): void {
    if (this.#settings.signal?.aborted) throw new Ended('cancelled', 'it was cancelled')
    if (this.#deadline.aborted)
      throw new Ended('max-seconds', `no answer in ${this.#settings.limits.maxSeconds} s`)
  }

  #endOf(error: unknown): { readonly end: Exclude<AgentEnd, 'answered'>; readonly message: string } {
    if (error instanceof Ended) return error
    try {
      this.#demandGoing()
    } catch (ended) {
      if (ended instanceof Ended) return ended
    }
    const message = error instanceof Error ? error.message : String(error)
    const refused = error instanceof ModelError && error.kind === 'refused'
    return { end: refused ? 'model-refused' : 'model-failed', message }
  }

  #finished(end: AgentEnd, answer: AgentResult['answer'], problem: string | null): AgentEvent {
    const seconds = (performance.now() - this.#begun) / 1000
    const steps = this.#steps.map((step) => ({ ...step }))
    return { type: 'finished', result: { end, answer, problem, steps, usage: this.#tokens.usage, seconds } }
  }
}

function isCall(event: { readonly type: string }): event is { readonly type: string; readonly name: string } {
  return event.type === 'tool-call' || event.type === 'tool-result'
}

function charsOf(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0)
}

function imagesOf({ displays }: ExecutionOutcome): ModelImage[] {
  return displays
    .flatMap(({ mime, data }) =>
      IMAGES.has(mime) && typeof data === 'string' && data.length <= MAX_IMAGE_CHARS ? [{ mime, data }] : [],
    )
    .slice(0, MAX_IMAGES)
}
