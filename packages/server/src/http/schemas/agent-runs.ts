import { z } from '@hono/zod-openapi'
import type { AgentRunRequest } from '../../services/agents/agent-run-request.ts'
import type { AgentRun, AgentRunSummary } from '../../services/agents/agent-runs.ts'
import { filesOf, inputFiles } from './executions.ts'
import { json, text, time } from './fields.ts'

const DAY_SECONDS = 86_400
const MAX_TASK_CHARS = 100_000
const STATUSES = [
  ...(['running', 'answered', 'max-steps', 'max-seconds', 'max-tokens', 'repeating'] as const),
  ...(['model-failed', 'model-refused', 'sandbox-failed', 'cancelled', 'interrupted', 'failed'] as const),
] as const

export const agentRunStatus = z.enum(STATUSES)

const seconds = (max: number) => z.number().positive().max(max)
const toolName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be the name or identifier of a tool')
const wantedTool = z.union(
  [
    toolName,
    z.strictObject({
      tool: toolName,
      approve: z
        .boolean()
        .default(false)
        .openapi({ description: 'Is somebody to be asked before each call?' }),
    }),
  ],
  'must be the name of a tool, or an object with "tool" and perhaps "approve", which is true or false',
)

export const newAgentRunSchema = z
  .strictObject({
    task: text(MAX_TASK_CHARS, 1),
    tools: z
      .array(wantedTool)
      .max(64)
      .refine((tools) => new Set(tools.map(nameOf)).size === tools.length, 'names a tool twice')
      .optional()
      .openapi({
        description: 'Stored tools that the code of the agent may call, as functions of their names',
      }),
    model: z
      .string()
      .max(64)
      .optional()
      .openapi({ description: 'Name or identifier; without it the only one, or that named "default"' }),
    files: inputFiles,
    sessionId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional()
      .openapi({
        description: 'The session that the code runs in; without it in one that ends with the run',
      }),
    limits: z
      .strictObject({
        maxSteps: z.int().min(1).max(1000).optional().openapi({ description: 'Turns of the model' }),
        maxSeconds: seconds(DAY_SECONDS).optional(),
        maxTokens: z.int().min(1).optional(),
        stepSeconds: seconds(DAY_SECONDS).optional().openapi({ description: 'Of one piece of code' }),
        approveSeconds: seconds(DAY_SECONDS)
          .optional()
          .openapi({ description: 'How long a call waits for its approval' }),
      })
      .optional(),
    from: z
      .strictObject({ run: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), step: z.int().min(1).max(1000) })
      .optional()
      .openapi({
        description:
          'Begin with the steps of an earlier run up to this one: their code runs again, and calls of tools are given what ' +
          'they were given then; after it the model goes on. Without "files" those of that run are there',
      }),
  })
  .openapi('NewAgentRun', {
    example: { task: 'How many primes are below 10,000?', tools: ['greet'], limits: { maxSteps: 10 } },
  })

function nameOf(tool: z.output<typeof wantedTool>): string {
  return typeof tool === 'string' ? tool : tool.tool
}

/** What is wanted, in the words of the services. */
export function agentRunRequestOf(
  { tools = [], files, ...rest }: z.output<typeof newAgentRunSchema>,
  idempotencyKey: string | undefined,
): AgentRunRequest {
  const wanted = tools.map((tool) => (typeof tool === 'string' ? { tool, approve: false } : tool))
  return { ...rest, tools: wanted, files: filesOf(files), idempotencyKey }
}

export const approvalSchema = z
  .strictObject({
    allow: z.boolean(),
    reason: text(1000).optional().openapi({ description: 'Told to the code where the call is refused' }),
  })
  .openapi('Approval', { example: { allow: true } })

const usage = z.object({ inputTokens: z.number(), outputTokens: z.number(), estimated: z.boolean() })

const summaryShape = {
  ...{ id: z.string(), userId: z.string(), sessionId: z.string().nullable(), status: agentRunStatus },
  answer: json,
  problem: z.string().nullable().openapi({ description: 'What went wrong, where there is no answer' }),
  usage: usage.nullable(),
  seconds: z.number().nullable(),
  ...{ createdAt: time, finishedAt: time.nullable() },
}

export const agentRunSummarySchema = z
  .object({
    ...{ ...summaryShape, steps: z.int() },
    task: z.string().openapi({ description: 'Its first 300 characters' }),
  })
  .openapi('AgentRunSummary')

const callSchema = z.object({
  ...{ name: z.string(), arguments: json, ok: z.boolean() },
  result: json.openapi({ description: 'What the code was given, or what it was told' }),
})

const stepSchema = z
  .object({
    ...{ step: z.int(), text: z.string(), code: z.string().nullable(), executionId: z.string().nullable() },
    observation: z.string().nullable().openapi({ description: 'What the model was told of the code' }),
    calls: z.array(callSchema),
    usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).nullable(),
    failure: z.object({ kind: z.enum(['failed', 'refused']), message: z.string() }).nullable(),
    cut: z
      .boolean()
      .optional()
      .openapi({ description: 'The model reached its own limit of length: the text is no whole one' }),
    whole: z.boolean().openapi({ description: 'Is all of it here? Long texts may be cut' }),
  })
  .openapi('AgentStep')

export const agentRunSchema = z
  .object({
    ...summaryShape,
    task: z.string(),
    model: z.object({ id: z.string(), name: z.string(), model: z.string() }),
    tools: z.array(z.object({ name: z.string(), description: z.string(), parameters: z.looseObject({}) })),
    limits: z.object({
      ...{ maxSteps: z.int(), maxSeconds: z.number(), maxTokens: z.int().nullable() },
      ...{ stepSeconds: z.number().nullable(), approveSeconds: z.number() },
    }),
    from: z.object({ run: z.string(), step: z.int() }).nullable().openapi({
      description: 'The earlier run whose first steps it began with',
    }),
    files: z.array(
      z.object({
        ...{ path: z.string(), size: z.int(), sha256: z.string() },
        base64: z.string().nullable().openapi({ description: 'Null for files of more than 64 KiB together' }),
      }),
    ),
    steps: z.array(stepSchema),
  })
  .openapi('AgentRun', { description: 'All that is needed to replay it without the model' })

/** A run as it is told, and replayed. */
export type AgentRunAnswer = z.output<typeof agentRunSchema>

/** What of a run is told in a list. */
export function presentAgentRunSummary(row: AgentRunSummary): z.output<typeof agentRunSummarySchema> {
  const { steps, task } = row
  return { ...common({ ...row, result: row.result as AgentRun['result'] }), steps, task }
}

/** What of a run is told. */
export function presentAgentRun(run: AgentRun): AgentRunAnswer {
  const { task, options, steps } = run
  const { model, tools, limits, files, from } = options
  return {
    ...{ ...common(run), task, model: { ...model }, limits: { ...limits } },
    from: from === undefined ? null : { ...from },
    tools: tools.map((tool) => ({ ...tool, parameters: { ...tool.parameters } })),
    files: files.map((file) => ({ ...file })),
    steps: steps.map((step) => ({ ...step, calls: step.calls.map((call) => ({ ...call })) })),
  }
}

function common({
  id,
  userId,
  sessionId,
  status,
  problem,
  result,
  createdAt,
  finishedAt,
}: Pick<
  AgentRun,
  'id' | 'userId' | 'sessionId' | 'status' | 'problem' | 'result' | 'createdAt' | 'finishedAt'
>) {
  return {
    ...{ id, userId, sessionId, status, problem, answer: result?.answer ?? null },
    ...{ usage: result?.usage ?? null, seconds: result?.seconds ?? null },
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }
}
