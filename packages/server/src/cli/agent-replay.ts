import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { PyodideSandbox } from 'agentchat-sandbox'
import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { agentRunSchema } from '../http/schemas/agent-runs.ts'
import { replayRun } from '../services/agents/replay-run.ts'
import { shownEvent } from '../services/agents/show-event.ts'
import { EXIT_NO_ANSWER } from './agent.ts'
import type { AgentFlags } from './agent-flags.ts'
import { say } from './say.ts'
import { serviceClient } from './service-client.ts'
import { jsonDisplay, textDisplay } from './show-run.ts'

/**
 * Replays a run from its record, in a sandbox of this process and without the model; gives the exit code, which says whether
 * all was as it is recorded.
 * @throws UsageError, ServiceFailedError
 */
export async function replay(run: string, task: string | undefined, flags: AgentFlags): Promise<number> {
  if (task !== undefined) throw new UsageError('--replay takes no task: that is in the record')
  const record = parsed(await recordOf(run, flags))
  const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  try {
    await using session = sandbox.session()
    const display = flags.json === true ? jsonDisplay : textDisplay()
    const events = replayRun(record, session)
    for (;;) {
      const next = await events.next()
      if (next.done) {
        for (const difference of next.value.differences) say(`differs: ${difference}`)
        return next.value.differences.length === 0 ? EXIT_SUCCESS : EXIT_NO_ANSWER
      }
      const event = next.value
      const shown = shownEvent(event, null)
      if (shown !== null) display.show(shown)
      if (event.type !== 'finished') continue
      const { end, answer, problem, usage, seconds, steps } = event.result
      const ended = { answer, problem, usage, seconds, steps: steps.length }
      display.show({ type: 'finished', status: end, ...ended })
    }
  } finally {
    await sandbox.close()
  }
}

async function recordOf(run: string, flags: AgentFlags): Promise<unknown> {
  if (/^agt_[a-z0-9]+$/.test(run) && !existsSync(run))
    return await (await serviceClient(flags).send('GET', `agent/runs/${run}`)).json()
  try {
    return JSON.parse(await readFile(run, 'utf8'))
  } catch (error) {
    throw new UsageError(`Cannot read the record "${run}": ${error instanceof Error ? error.message : error}`)
  }
}

function parsed(record: unknown) {
  const checked = agentRunSchema.safeParse(record)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  throw new UsageError(`Cannot use the record: "${issue?.path.join('.')}": ${issue?.message}`)
}
