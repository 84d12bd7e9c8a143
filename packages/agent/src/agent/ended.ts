import type { AgentEnd } from './agent-events.ts'

/** Ends the loop with a reason. */
export class Ended extends Error {
  readonly end: Exclude<AgentEnd, 'answered'>
  constructor(end: Exclude<AgentEnd, 'answered'>, message: string) {
    super(message)
    this.end = end
  }
}
