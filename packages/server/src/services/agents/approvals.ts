import type { ToolApproval } from 'agentchat-sandbox'

/** What somebody decides of a call. */
export interface ApprovalDecision {
  readonly allow: boolean
  /** For the code, where it is refused. */
  readonly reason?: string | undefined
}

/** What became of a decision: `over` where the call was decided before or nobody waits for it any more. */
export type ApprovalOutcome = 'given' | 'over' | 'unknown'

/** The calls of one run that wait for somebody to allow them. */
export class Approvals {
  readonly #waiting = new Map<string, (decision: ApprovalDecision) => void>()
  readonly #over = new Set<string>()

  /** Waits for the decision on a call, or until nobody waits for the call any more. */
  wait(call: string, signal: AbortSignal): Promise<ToolApproval> {
    return new Promise((resolve) => {
      const end = (answer: ToolApproval) => {
        signal.removeEventListener('abort', giveUp)
        this.#waiting.delete(call)
        this.#over.add(call)
        resolve(answer)
      }
      const giveUp = () => end({ deny: 'nobody waits for the call any more' })
      if (signal.aborted) return giveUp()
      signal.addEventListener('abort', giveUp, { once: true })
      this.#waiting.set(call, ({ allow, reason = 'it was refused' }) =>
        end(allow ? 'allow' : { deny: reason }),
      )
    })
  }

  /** Decides: `given`; `over` where it was decided before, or nobody waits any more; `unknown` where there was no such call. */
  decide(call: string, decision: ApprovalDecision): ApprovalOutcome {
    const give = this.#waiting.get(call)
    if (give === undefined) return this.#over.has(call) ? 'over' : 'unknown'
    give(decision)
    return 'given'
  }
}
