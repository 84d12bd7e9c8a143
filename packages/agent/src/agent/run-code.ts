import type { ExecutionOutcome, JsonValue, PythonRunner } from 'agentchat-sandbox'
import type { AgentEvent } from './agent-events.ts'
import type { AgentSettings } from './agent-options.ts'
import { Ended } from './ended.ts'
import { FinalAnswer } from './final-answer.ts'

/** Where code runs, and with what. */
export interface CodeRun {
  readonly session: PythonRunner
  readonly tools: AgentSettings['tools']
  readonly stepSeconds: number | undefined
  readonly step: number
  readonly signal: AbortSignal
}

/** What an execution came to; `answer` is what it gave to `final_answer`. */
export interface CodeOutcome {
  readonly result: ExecutionOutcome
  readonly answer: { readonly value: JsonValue } | null
}

/** Runs code of the model and yields what happens. @throws Ended as `sandbox-failed`; the reason when it was aborted */
export async function* runCode(run: CodeRun, code: string): AsyncGenerator<AgentEvent, CodeOutcome> {
  const { session, tools, stepSeconds, step, signal } = run
  const final = new FinalAnswer()
  const written = { stdout: '', stderr: '' }
  try {
    const events = session.stream(code, {
      tools: [...tools, final.tool],
      ...(stepSeconds === undefined ? {} : { timeoutSeconds: stepSeconds }),
      signal: AbortSignal.any([signal, final.signal]),
    })
    for await (const event of events) {
      if (event.type === 'finished')
        // What code did after its answer, until it was ended, does not count.
        return {
          result: final.given === null ? event.result : { ...event.result, ...written },
          answer: final.given,
        }
      if (final.given !== null) continue
      if (event.type === 'stdout' || event.type === 'stderr') written[event.type] += event.text
      if (!(isCall(event) && event.name === final.tool.name)) yield { type: 'execution', step, event }
    }
  } catch (error) {
    if (signal.aborted) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Ended('sandbox-failed', `the code could not be run: ${reason}`)
  }
  throw new Ended('sandbox-failed', 'the code could not be run: it had no end')
}

function isCall(event: { readonly type: string }): event is { readonly type: string; readonly name: string } {
  return event.type === 'tool-call' || event.type === 'tool-result'
}
