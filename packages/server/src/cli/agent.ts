import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { text as textOfStream } from 'node:stream/consumers'
import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import type { AgentRunEvent } from '../services/agents/agent-run-events.ts'
import type { AgentFlags } from './agent-flags.ts'
import { followRun } from './follow-run.ts'
import { say } from './say.ts'
import { type ServiceClient, serviceClient } from './service-client.ts'
import { jsonDisplay, textDisplay } from './show-run.ts'

/** It came to another end than an answer. */
export const EXIT_NO_ANSWER = 1
const EXIT_INTERRUPTED = 130

/**
 * Has an agent of the service solve a task, and shows what it does; gives the exit code. The first Ctrl-C cancels the run,
 * the second ends this process.
 * @throws UsageError, ServiceFailedError
 */
export async function agent(task: string | undefined, flags: AgentFlags): Promise<number> {
  const body = await requestOf(task, flags)
  const client = serviceClient(flags)
  const headers = { Accept: 'text/event-stream' }
  const answer = await client.send('POST', 'agent/runs', { body, headers })
  const id = answer.headers.get('Location')?.split('/').at(-1) ?? ''
  if (flags.json !== true) say(`run ${id}`)
  using interrupted = cancelOnSignal(client, id)
  const display = flags.json === true ? jsonDisplay : textDisplay()
  for await (const event of followRun(client, id, answer)) {
    display.show(event)
    if (event.type === 'approval-wanted') void decide(client, id, { event, flags })
    if (event.type !== 'finished') continue
    if (event.status === 'answered') return EXIT_SUCCESS
    return interrupted.yes && event.status === 'cancelled' ? EXIT_INTERRUPTED : EXIT_NO_ANSWER
  }
  return EXIT_NO_ANSWER
}

async function requestOf(given: string | undefined, flags: AgentFlags) {
  if (given === undefined && process.stdin.isTTY) throw new UsageError('name a task, or "-" to type one')
  const task = given === undefined || given === '-' ? await textOfStream(process.stdin) : given
  if (task.trim() === '') throw new UsageError('the task is empty')
  const { model, tool, approve, session, maxSteps, maxSeconds, maxTokens } = flags
  const limits = {
    ...numberOf('maxSteps', '--max-steps', maxSteps),
    ...numberOf('maxSeconds', '--max-seconds', maxSeconds),
    ...numberOf('maxTokens', '--max-tokens', maxTokens),
  }
  return {
    ...{ task, limits, files: await Promise.all(flags.file.map(fileOf)) },
    tools: [...tool, ...approve.map((name) => ({ tool: name, approve: true }))],
    ...(model === undefined ? {} : { model }),
    ...(session === undefined ? {} : { sessionId: session }),
  }
}

function numberOf(name: string, flag: string, value: string | undefined): Record<string, number> {
  if (value === undefined) return {}
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number))
    throw new UsageError(`${flag} must be a number, got "${value}"`)
  return { [name]: number }
}

async function fileOf(path: string) {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UsageError(`Cannot read the file "${path}": ${error instanceof Error ? error.message : error}`)
  })
  return { path: basename(path), base64: bytes.toString('base64') }
}

function cancelOnSignal(client: ServiceClient, id: string): Disposable & { readonly yes: boolean } {
  let yes = false
  const onSignal = () => {
    if (yes) process.exit(EXIT_INTERRUPTED)
    yes = true
    say('cancelling; press Ctrl-C again to leave at once')
    client.send('POST', `agent/runs/${id}/cancel`).catch((error: unknown) => say(String(error)))
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal)
  return {
    get yes() {
      return yes
    },
    [Symbol.dispose]() {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal)
    },
  }
}

interface Asked {
  readonly event: Extract<AgentRunEvent, { readonly type: 'approval-wanted' }>
  readonly flags: AgentFlags
}

/** Answers for a call that asks: as a person says, or without one with a refusal. Never rejects. */
async function decide(client: ServiceClient, id: string, { event, flags }: Asked): Promise<void> {
  const { call, name } = event
  try {
    const allow = flags.yes === true || (await asked(`${name}(${JSON.stringify(event.arguments)})`))
    const reason = process.stdin.isTTY ? 'the user said no' : 'nobody is there to allow it'
    await client.send('POST', `agent/runs/${id}/approvals/${call}`, {
      body: allow ? { allow } : { allow, reason },
    })
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  }
}

async function asked(what: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`allow ${what.slice(0, 500)}? [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}
