// How an attack is run: in how many steps, under which limits.
import type { Attack } from './cases.ts'
import { categoryOf } from './categories.ts'
import type { Limits, Role } from './facts.ts'

/** What the step before the attack leaves for it to find. */
const SECRET_OF_ANOTHER = `secret = 'SESSION-A-' + 'SECRET'\nopen('/tmp/a.txt', 'w').write(secret)`

/** One program of a plan. */
export interface Step {
  readonly role: Role
  readonly code: string
  /** In a session, which is saved and tampered with afterwards. */
  readonly inSession?: boolean
}

export interface Plan extends Limits {
  /** Whether the worker is watched for a while after the result. */
  readonly settle: boolean
  readonly steps: readonly Step[]
}

/**
 * @param code with its placeholders filled
 * @param quick shorter limits and fewer steps, for every-day tests
 */
export function planOf(attack: Attack, code: string, quick: boolean): Plan {
  const { timeoutSeconds, quickTimeoutSeconds, memoryLimitMb, settles } = categoryOf(attack.category)
  return {
    timeoutSeconds: quick ? quickTimeoutSeconds : timeoutSeconds,
    memoryLimitMb,
    settle: settles,
    steps: stepsOf(attack, code, quick),
  }
}

function stepsOf({ category, needs }: Attack, code: string, quick: boolean): Step[] {
  const { repeats, harmsNext } = categoryOf(category)
  const steps: Step[] = [{ role: 'attack', code, inSession: needs === 'session' }]
  if (needs === 'secret-of-another') steps.unshift({ role: 'before', code: SECRET_OF_ANOTHER })
  if (repeats) steps.push({ role: 'again', code })
  if (repeats && !quick) steps.push({ role: 'elsewhere', code })
  if (harmsNext) steps.push({ role: 'next', code: '40+2' })
  return steps
}
