/** Every span of the service, and what stands in its attributes. No span holds a user, a path, an argument, code or output. */
export const SPAN = {
  /** A request, under its method and the pattern of its path. */
  request: (method: string, route: string) => `${method} ${route}`,
  /** Finding out who asks, and what they may do. */
  permission: 'permission',
  execution: 'execution',
  /** Phases of an execution, which are told when it is over. */
  queue: 'execution.queue',
  start: 'execution.start',
  packages: 'execution.packages',
  run: 'execution.run',
  /** A stored tool that is executed, or a tool of the host that code called. */
  tool: (name: string) => `execute_tool ${name}`,
  agent: 'invoke_agent',
  /** One answer of a model. */
  model: 'chat',
} as const

/** Attributes, by the names of OpenTelemetry where there are some (semantic conventions for HTTP and `gen_ai`). */
export const ATTRIBUTE = {
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  requestId: 'agentchat.request.id',
  execution: 'agentchat.execution.id',
  executionStatus: 'agentchat.execution.status',
  errorKind: 'error.type',
  tool: 'agentchat.tool.id',
  toolName: 'gen_ai.tool.name',
  operation: 'gen_ai.operation.name',
  agentRun: 'agentchat.agent_run.id',
  agentEnd: 'agentchat.agent_run.end',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
} as const
