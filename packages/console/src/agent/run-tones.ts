import type { AgentRun } from '../api/agent.ts'
import type { Tone } from '../ui/parts.tsx'

/** How good the end of a run is. */
export const RUN_TONES: Readonly<Record<AgentRun['status'], Tone>> = {
  ...{
    running: 'accent',
    answered: 'good',
    'max-steps': 'warn',
    'max-seconds': 'warn',
    'max-tokens': 'warn',
  },
  ...{ repeating: 'warn', 'model-failed': 'bad', 'model-refused': 'bad', 'sandbox-failed': 'bad' },
  ...{ cancelled: 'warn', interrupted: 'warn', failed: 'bad' },
}
