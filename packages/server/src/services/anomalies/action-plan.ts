import type { SignedReceiver } from '../webhooks/send-signed.ts'
import { RULE_NAMES } from './judge.ts'
import { PRIORITIES } from './rules.ts'

export const ACTIONS = ['log', 'webhook', 'throttle', 'disable-tool'] as const
/** What is done about an anomaly. */
export type AnomalyAction = (typeof ACTIONS)[number]

/** What is done about which anomalies, as the operator has set it. */
export interface ActionPlan {
  /** By the name of a rule, or a priority: that one and those above it. */
  readonly actions: ReadonlyMap<string, readonly AnomalyAction[]>
  readonly throttleSeconds: number
  /** Who is told, by messages that are signed. */
  readonly webhook?: SignedReceiver | undefined
}

/** Nothing but the log. */
export const NO_ACTIONS: ActionPlan = { actions: new Map(), throttleSeconds: 600 }

/** An entry of the plan cannot be used. */
export class ActionPlanError extends Error {
  override readonly name = 'ActionPlanError'
  readonly code = 'invalid-action-plan'
}

/**
 * Reads entries such as `critical=throttle`.
 * @throws ActionPlanError
 */
export function parseActions(entries: readonly string[]): ActionPlan['actions'] {
  const actions = new Map<string, AnomalyAction[]>()
  for (const entry of entries) {
    const [when = '', name = ''] = entry.split('=', 2)
    const action = ACTIONS.find((each) => each === name)
    const known = [...PRIORITIES, ...RULE_NAMES]
    if (action === undefined || !known.includes(when))
      throw new ActionPlanError(
        `Cannot use the entry ${JSON.stringify(entry.slice(0, 200))}: it must be <priority or rule>=<action>, with one of ` +
          `${known.join(', ')}, and one of ${ACTIONS.join(', ')}`,
      )
    actions.set(when, [...(actions.get(when) ?? []), action])
  }
  return actions
}

/** What is to be done about a finding; logged it is in any case. */
export function actionsFor(
  { actions }: Pick<ActionPlan, 'actions'>,
  { rule, priority }: { readonly rule: string; readonly priority: (typeof PRIORITIES)[number] },
): AnomalyAction[] {
  const reached = PRIORITIES.slice(0, PRIORITIES.indexOf(priority) + 1)
  const all = [...reached, rule].flatMap((when) => actions.get(when) ?? [])
  return ACTIONS.filter((action) => action === 'log' || all.includes(action))
}
