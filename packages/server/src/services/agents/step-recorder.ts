import type { JsonValue } from 'agentchat-sandbox'
import { recordAgentStep } from '../../db/queries/agent-runs.ts'
import type { ServiceContext } from '../context.ts'
import type { QuotaHolder } from '../executions/quotas.ts'
import { MAX_STEPS_BYTES, type RecordedCall, type RecordedStep, stepText } from './step-record.ts'

type Draft = { -readonly [name in keyof RecordedStep]: RecordedStep[name] } & { calls: RecordedCall[] }

/** Past so much, results of tools are not recorded, and the step is not whole. */
const MAX_CALLS_CHARS = 65_536

/** Records the steps of a run, each when it is over. */
export class StepRecorder {
  readonly #context: Pick<ServiceContext, 'db' | 'quotas'>
  readonly #runId: string
  readonly #holders: readonly QuotaHolder[]
  #step = 0
  #draft: Draft | null = null
  #bytes = 0
  #writing = Promise.resolve()
  #callChars = 0
  /** Arguments of calls that nothing came of yet. */
  readonly #called = new Map<string, JsonValue>()

  constructor(
    context: Pick<ServiceContext, 'db' | 'quotas'>,
    { runId, holders }: { readonly runId: string; readonly holders: readonly QuotaHolder[] },
  ) {
    this.#context = context
    this.#runId = runId
    this.#holders = holders
  }

  /** The step that goes on; 0 before the first. */
  get step(): number {
    return this.#step
  }

  /** The model is asked: what came of the turn before is recorded. */
  begin(): void {
    this.write()
    this.#step += 1
    this.#callChars = 0
    this.#called.clear()
    this.#draft = {
      ...{ text: '', code: null, executionId: null, observation: null, calls: [], usage: null },
      ...{ failure: null, whole: true },
    }
  }

  /** Something is known of the step that goes on. */
  note(facts: Partial<Omit<RecordedStep, 'calls'>>): void {
    if (this.#draft !== null) Object.assign(this.#draft, facts)
  }

  addText(text: string): void {
    if (this.#draft !== null) this.#draft.text += text
  }

  /** A tool was called. */
  called(id: string, args: JsonValue): void {
    this.#called.set(id, args)
  }

  /** This is what came of a call. */
  returned(id: string, outcome: Omit<RecordedCall, 'arguments'>): void {
    const args = this.#called.get(id) ?? {}
    this.#called.delete(id)
    if (this.#draft === null) return
    const call = { ...outcome, arguments: args }
    this.#callChars += JSON.stringify(call).length
    if (this.#callChars <= MAX_CALLS_CHARS) this.#draft.calls.push(call)
    else this.#draft.whole = false
  }

  /** The execution of the step that goes on; null before there is one. */
  get executionId(): string | null {
    return this.#draft?.executionId ?? null
  }

  /** Records the step that goes on, if there is one, while the run goes on; nothing of it is noted after that. */
  write(): void {
    const draft = this.#draft
    if (draft === null) return
    this.#draft = null
    const step = this.#step
    this.#writing = this.#writing.then(() => this.#record(step, draft))
    // The caller that waits for the end is told.
    this.#writing.catch(() => {})
  }

  /** Records the step that goes on. Resolves when all steps are recorded. */
  async end(): Promise<void> {
    this.write()
    await this.#writing
  }

  async #record(step: number, draft: RecordedStep): Promise<void> {
    const { db, quotas } = this.#context
    const whole = stepText(draft, MAX_STEPS_BYTES - this.#bytes)
    const full = await quotas.refusalOf(this.#holders, whole.bytes)
    const text = full === null ? whole : stepText(draft, 0)
    this.#bytes += text.bytes
    await recordAgentStep(db, { runId: this.#runId, step }, text)
  }
}
