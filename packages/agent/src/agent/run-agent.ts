import type { AgentEnd, AgentEvent, AgentResult, AgentStep } from './agent-events.ts'
import { type AgentOptions, type AgentSettings, parseAgentOptions } from './agent-options.ts'
import { ModelError } from './chat-model.ts'
import { Conversation } from './conversation.ts'
import { Ended } from './ended.ts'
import { extractCode } from './extract-code.ts'
import { imagesOf, observe } from './observe.ts'
import { readTurn, type Turn } from './read-turn.ts'
import { Repetition } from './repetition.ts'
import { runCode } from './run-code.ts'
import { defaultPrompt } from './system-prompt.ts'
import { withoutThoughts } from './thoughts.ts'
import { TokenCount } from './token-count.ts'
import { withoutCode } from './without-code.ts'

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
    const { tools, limits, task, signal } = settings
    const prompt = settings.systemPrompt ?? defaultPrompt(tools, { ...settings, ...limits })
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
    const said = yield* this.#turn(step, (soFar) => {
      this.#steps[index] = { text: soFar, code: null, observation: null }
    })
    const { text } = said
    const { code, blocks, unclosed } = extractCode(text, this.#settings.tags)
    if (code === null) return this.#withoutCode(said)
    this.#emptyTurns = 0
    this.#steps[index] = { text, code, observation: null }
    yield { type: 'code', step, code }
    const { session, tools, limits } = this.#settings
    const { stepSeconds, observationChars: maxChars } = limits
    const { result, answer } = yield* runCode(
      { session, tools, stepSeconds, step, signal: this.#signal },
      code,
    )
    const turn = { code, blocks, unclosed, ended: answer !== null }
    const told = observe(result, turn, { repetition: this.#repetition, maxChars })
    this.#steps[index] = { text, code, observation: told.text }
    yield { type: 'observation', step, text: told.text, result }
    if (answer !== null) return answer
    this.#demandGoing()
    if (told.repeated === 'ends') throw new Ended('repeating', 'the same code came to the same three times')
    this.#conversation.add(
      withoutThoughts(text).trim(),
      told.text,
      this.#settings.model.takesImages ? imagesOf(result) : [],
    )
    return null
  }

  async *#turn(step: number, keep: (text: string) => void): AsyncGenerator<AgentEvent, Turn> {
    this.#demandGoing()
    const reading = { step, signal: this.#signal, tokens: this.#tokens, keep }
    const turn = yield* readTurn(this.#settings.model, this.#conversation.messages(), reading)
    this.#demandGoing()
    const { maxTokens } = this.#settings.limits
    if (maxTokens !== undefined && this.#tokens.all > maxTokens)
      throw new Ended('max-tokens', `${this.#tokens.all} tokens were used, ${maxTokens} are allowed`)
    return turn
  }

  #withoutCode(turn: Turn): { readonly value: string } | null {
    const outcome = withoutCode(turn, this.#emptyTurns)
    if (outcome.answer !== null) return { value: outcome.answer }
    this.#emptyTurns += 1
    this.#conversation.add(withoutThoughts(turn.text).trim(), outcome.told)
    return null
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
