import { paint } from 'agentchat-sandbox-base/command/terminal'
import type { AgentRunEvent } from '../services/agents/agent-run-events.ts'
import { say } from './say.ts'

/** Shows what happens in a run. */
export interface RunDisplay {
  show(event: AgentRunEvent): void
}

/** Every event as a line of JSON, on standard output. */
export const jsonDisplay: RunDisplay = {
  show: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
}

/** For a person: what the model writes and is told on standard error, the answer on standard output. */
export function textDisplay(): RunDisplay {
  const { dim } = paint(process.stderr)
  let fresh = true
  const write = (text: string) => {
    if (text === '') return
    process.stderr.write(dim(plain(text)))
    fresh = text.endsWith('\n')
  }
  const line = (text: string) => write(`${fresh ? '' : '\n'}${text}\n`)
  return {
    show(event) {
      if (event.type === 'thought') write(event.text)
      if (event.type === 'observation') line(indented(event.text))
      if (event.type === 'approval-given' && !event.allow) line(`  ${event.name}: refused, ${event.reason}`)
      if (event.type !== 'finished') return
      line('')
      const { status, answer, problem, steps, seconds } = event
      const cost = `${steps} ${steps === 1 ? 'step' : 'steps'}, ${seconds.toFixed(1)} s`
      say(`${status} (${cost})${problem === null ? '' : `: ${plain(problem)}`}`)
      if (status === 'answered') process.stdout.write(`${textOf(answer)}\n`)
    },
  }
}

/** A text as it is; anything else as JSON. */
function textOf(answer: unknown): string {
  return typeof answer === 'string' ? plain(answer) : JSON.stringify(answer)
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((each) => `  | ${each}`)
    .join('\n')
}

/** What a model or its code wrote must not steer the terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}
