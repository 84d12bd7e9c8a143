import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { JsonValue } from 'agentchat-sandbox'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import { z } from 'zod'
import type { Actor } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { InvalidToolError, type Problem } from '../errors.ts'
import type { RecordedResult } from '../executions/recorded-result.ts'
import { startExecution } from '../executions/start-execution.ts'
import type { ToolPermissions } from '../sandbox-set.ts'
import type { JsonSchema, PythonDefinition, ToolLimits } from './tool-content.ts'

const PYTHON = join(ownTree(import.meta.url).folder, 'services', 'tools', 'python')
const CALL = readFileSync(join(PYTHON, 'call_tool.py'), 'utf8')
const DESCRIBE = readFileSync(join(PYTHON, 'describe_tool.py'), 'utf8')

/** What the sandbox says about a tool; all of it may be made up by the tool. */
const descriptionSchema = z.union([
  z.object({ problem: z.string().max(2000) }),
  z.object({
    description: z.string().max(10_000),
    // It came as JSON: a schema that walked it would take a hundred times as long.
    parameters: z.custom<JsonSchema>((value) => typeof value === 'object' && value !== null),
    outcomes: z.array(
      z.union([
        z.strictObject({ value: z.custom<JsonValue>() }),
        z.strictObject({ error: z.string().max(2000) }),
      ]),
    ),
  }),
])

/** What was found out about a tool by loading it. */
export interface PythonDescription {
  readonly description: string
  readonly parameters: JsonSchema
}

/** The program that calls the tool, for `startExecution`; `_agentchat_arguments` holds the arguments. */
export function callProgram({ code, entry }: PythonDefinition): string {
  return code + CALL.replace('_AGENTCHAT_ENTRY_', () => entry)
}

/** Who saves a tool, and the signal that is aborted when they wait no more. */
export interface Saving {
  readonly actor: Actor
  readonly signal?: AbortSignal | undefined
}

/**
 * Loads a tool in the sandbox, runs its tests, and tells what it takes. It is an execution like every other one: admitted,
 * recorded, and ended when nobody waits for it.
 * @throws InvalidToolError when it does not load, has no such entry, or a test fails
 * @throws ForbiddenError, QuotaExceededError, and what else an execution may throw
 */
export async function checkPythonTool(
  context: ServiceContext,
  definition: PythonDefinition,
  {
    permissions,
    limits,
    saving: { actor, signal },
  }: { readonly permissions: ToolPermissions; readonly limits: ToolLimits; readonly saving: Saving },
): Promise<PythonDescription> {
  const { code, entry, tests } = definition
  const { maxTimeoutSeconds, maxMemoryMb } = context.policy
  const { run, row } = await startExecution(context, actor, {
    code: code + DESCRIBE,
    options: {
      globals: { _agentchat_entry: entry, _agentchat_tests: tests.map(({ input }) => ({ ...input })) },
      timeoutSeconds: limits.timeoutSeconds ?? Math.min(10, maxTimeoutSeconds),
      memoryLimitMb: limits.memoryLimitMb ?? maxMemoryMb,
    },
    ...{ permissions, signal, action: 'tool.check' },
  })
  // It was written from a result of the library.
  const result = ((await run?.ended) ?? row).result as RecordedResult | null
  if (result === null) throw invalid('definition.code', 'was not run to its end')
  if (result.error !== null) {
    const { name, message, line } = result.error
    const where = line === null ? '' : `, line ${line}`
    throw new InvalidToolError([
      { path: 'definition.code', problem: `does not load: ${name}: ${message}${where}` },
    ])
  }
  const said = descriptionSchema.safeParse(result.result)
  if (!said.success) throw invalid('definition.code', 'does not load: it changed what Python needs')
  if ('problem' in said.data) throw invalid('definition.entry', said.data.problem)
  const { outcomes, ...description } = said.data
  const problems = tests.flatMap((test, index) => problemsOf(outcomes[index], test.expected, index))
  if (problems.length > 0) throw new InvalidToolError(problems)
  return description
}

function problemsOf(
  outcome: { value: JsonValue } | { error: string } | undefined,
  expected: JsonValue,
  index: number,
): Problem[] {
  const path = `definition.tests[${index}]`
  if (outcome === undefined) return [{ path, problem: 'did not run' }]
  if ('error' in outcome) return [{ path, problem: `failed: ${outcome.error}` }]
  if (isDeepStrictEqual(outcome.value, expected)) return []
  const short = (value: JsonValue) => JSON.stringify(value).slice(0, 200)
  return [{ path, problem: `gave ${short(outcome.value)}, expected ${short(expected)}` }]
}

function invalid(path: string, problem: string): InvalidToolError {
  return new InvalidToolError([{ path, problem }])
}
