import { type AnomalyRow, switchToolOff, throttleKey } from '../../db/queries/anomalies.ts'
import { loggable } from '../../logger.ts'
import { recordOfService } from '../audit/service-deeds.ts'
import type { ServiceContext } from '../context.ts'
import { sendSigned } from '../webhooks/send-signed.ts'
import { type ActionPlan, type AnomalyAction, actionsFor } from './action-plan.ts'
import type { JudgedRun } from './judged-run.ts'
import { presentAnomaly } from './present-anomaly.ts'

/** Somebody who is told of the same anomaly is told again at the earliest after this. */
const TELL_EVERY = 100

/** An anomaly, in which run it was seen last, and how often just now. */
interface Case {
  readonly anomaly: AnomalyRow
  readonly run: JudgedRun
  readonly times: number
}

/** Is the first of a hundred among the last `times` cases? */
export function isToTell(count: number, times: number): boolean {
  return Math.ceil(count / TELL_EVERY) > Math.ceil((count - times) / TELL_EVERY)
}

/** Does what the operator has set for such an anomaly. One action that fails keeps no other from being done. */
export async function act(
  context: ServiceContext,
  plan: ActionPlan,
  { anomaly, run, times }: Case,
): Promise<void> {
  for (const action of actionsFor(plan, anomaly)) {
    try {
      await one(context, plan, { action, anomaly, run, times })
    } catch (error) {
      context.logger.error({ anomaly: anomaly.id, action, error: loggable(error) }, 'anomaly.action-failed')
    }
  }
}

async function one(
  context: ServiceContext,
  plan: ActionPlan,
  { action, anomaly, run, times }: Case & { readonly action: AnomalyAction },
): Promise<void> {
  switch (action) {
    case 'log':
      // It is in the log, as every anomaly.
      return
    case 'webhook': {
      const { webhook } = plan
      // A flood of one kind is one message, and then one for each hundred.
      if (webhook === undefined || !isToTell(anomaly.count, times)) return
      const id = `msg_${anomaly.id}_${anomaly.count}`
      const data = presentAnomaly(anomaly)
      await sendSigned(webhook, { id, type: 'anomaly.found', data, holder: 'anomalies' })
      return
    }
    case 'throttle': {
      if (run.apiKeyId === null) return
      const until = new Date(Date.now() + plan.throttleSeconds * 1000)
      if (!(await throttleKey(context.db, run.apiKeyId, until))) return
      context.cache.forget('identity')
      await recordOfService(context, 'api-key.throttle', {
        ...{ apiKeyId: run.apiKeyId, until: until.toISOString(), anomalyId: anomaly.id, rule: anomaly.rule },
      })
      return
    }
    case 'disable-tool': {
      if (run.toolId === null || !(await switchToolOff(context.db, run.toolId))) return
      context.cache.forget('tools')
      await recordOfService(context, 'tool.disable', {
        ...{ toolId: run.toolId, anomalyId: anomaly.id, rule: anomaly.rule },
      })
      return
    }
  }
  action satisfies never
}
