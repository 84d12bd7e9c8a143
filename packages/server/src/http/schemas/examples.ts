const ids = {
  user: 'usr_0mi9q2x4kab7c1d2e3f4g5h6j',
  key: 'key_0mi9q2x4kp0o9i8u7y6t5r4e3',
  tool: 'tool_0mi9q2x4kz9x8c7v6b5n4m3q2',
  execution: 'exe_0mi9q2x4ka1s2d3f4g5h6j7k8',
  session: 'ses_0mi9q2x4kq1w2e3r4t5y6u7i8',
  model: 'mdl_0mi9q2x4kc1d2e3f4g5h6j7k8',
  agentRun: 'agt_0mi9q2x4kd1e2f3g4h5j6k7l8',
  batch: 'bat_0mi9q2x4ke1f2g3h4i5j6k7l8',
  anomaly: 'ano_0mi9q2x4kf1g2h3j4k5l6m7n8',
  entry: 'aud_0mi9q2x4km1n2b3v4c5x6z7a8',
}
const createdAt = '2026-01-31T12:00:00.000Z'
const finishedAt = '2026-01-31T12:00:00.120Z'

const User = {
  ...{ id: ids.user, email: 'ada@example.com', name: 'Ada Lovelace', role: 'user', disabled: false },
  ...{ quotas: null, createdAt, updatedAt: createdAt },
}

const ApiKey = {
  ...{ id: ids.key, userId: ids.user, name: 'agent', hint: 'acs_Xk3v9Q', scopes: ['execute', 'tools:read'] },
  ...{ quotas: { perMinute: 30 }, expiresAt: null, lastUsedAt: createdAt, createdAt },
}

const ExecutionSummary = {
  ...{ id: ids.execution, userId: ids.user, toolId: null, toolVersion: null, sessionId: null },
  ...{ status: 'success', failure: null, cpuMs: 2.5, createdAt, finishedAt },
}

const CodeExecutionResult = {
  ...{
    status: 'success',
    result: 42,
    resultText: '42',
    stdout: 'hi\n',
    stderr: '',
    error: null,
    executionTime: 0.003,
  },
  usage: {
    ...{ wallMs: 3.1, cpuMs: 2.5, queueMs: 0, startMs: 0.4, peakMemoryBytes: 82_000_000 },
    ...{ stdoutBytes: 3, stderrBytes: 0 },
  },
  timeline: [],
  displays: [],
  ...{ sessionRestored: null, sessionUnsaved: null, redactions: {} },
  files: [
    {
      ...{ path: 'total.txt', size: 2, mime: 'text/plain', change: 'created', kept: true },
      sha256: '73475cb40a568e8da8a045ced110137e159f890ac4da883b6b17dc651b3a8049',
    },
  ],
  permissions: {
    walls: ['deno', 'bubblewrap'],
    granted: { env: false, read: false, write: false, net: false, run: false, ffi: false },
    ...{ used: [], denied: [] },
  },
  truncated: { stdout: false, stderr: false, result: false, files: 0, displays: 0, permissions: 0 },
}

const Execution = { ...ExecutionSummary, code: 'print("hi")\n6 * 7', result: CodeExecutionResult }

const SessionSummary = {
  ...{ id: ids.session, userId: ids.user, name: 'sales of May', state: 'live', bytes: 412_318 },
  ...{ permissions: { allowNet: [] }, limits: { timeoutSeconds: 30 }, redaction: null },
  ...{ createdAt, lastUsedAt: finishedAt },
}

const ToolSummary = {
  ...{ id: ids.tool, ownerId: ids.user, system: false, name: 'greet', displayName: 'Greet' },
  ...{ description: 'Greet a city.', logoUrl: null, kind: 'python', enabled: true, version: 1 },
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', description: 'its name' } },
    required: ['city'],
  },
  ...{ createdAt, updatedAt: createdAt },
}

const AgentRunSummary = {
  ...{ id: ids.agentRun, userId: ids.user, sessionId: null, status: 'answered', answer: 1229, problem: null },
  usage: { inputTokens: 812, outputTokens: 96, estimated: false },
  ...{ seconds: 2.4, createdAt, finishedAt, steps: 1, task: 'Greet Ada' },
}

const AgentStep = {
  step: 1,
  text: '```python\nfinal_answer(greet("Ada"))\n```',
  code: 'final_answer(greet("Ada"))\n',
  ...{ executionId: ids.execution, observation: '(no output)' },
  calls: [{ name: 'greet', arguments: { city: 'Ada' }, ok: true, result: 'Hello, Ada' }],
  ...{ usage: { inputTokens: 812, outputTokens: 96 }, failure: null, whole: true },
}

const Limits = {
  ...{ maxTimeoutSeconds: 60, maxMemoryMb: 512, allowNet: ['api.example.com:443'] },
  packages: ['numpy', 'pandas'],
  quotas: {
    ...{ concurrent: 8, perMinute: 120, cpuSecondsPerDay: 3600, storageBytes: 1_073_741_824, sessions: 100 },
    ...{ liveSessions: 8, readers: 64, tools: 200, toolVersions: 100, apiKeys: 100, agentRuns: 4 },
    agentTokensPerDay: 10_000_000,
  },
  used: { concurrent: 1, perMinute: 4, cpuSecondsPerDay: 12.5, storageBytes: 1_048_576 },
}

/** What each thing looks like, by the name of its schema, where the schema itself has no example. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  User,
  NewUser: {
    ...{ email: 'ada@example.com', name: 'Ada Lovelace', role: 'user' },
    password: 'correct horse battery staple',
  },
  Self: { user: User, scopes: ['execute', 'tools:read'], apiKeyId: ids.key },
  ApiKey,
  CreatedApiKey: { ...ApiKey, key: 'acs_Xk3v9Q2mT0n8b7v6c5x4z3a2s1d0f9g8h7j6k5l4q3w' },
  ExecutionSummary,
  CodeExecutionResult,
  Execution,
  SessionSummary,
  Session: {
    ...SessionSummary,
    stepsBack: 2,
    content: {
      ...{ savedAt: finishedAt, pythonVersion: '3.14.2', heapBytes: 1_048_576, fileBytes: 2048, files: 1 },
      packages: [],
      names: [{ name: 'total', type: 'int', size: 28 }],
      moreNames: 0,
    },
  },
  SessionFile: { name: 'sales.csv', type: 'file', size: 2048, modifiedAt: finishedAt },
  WrittenFile: {
    ...{ path: 'sales.csv', size: 2 },
    sha256: '73475cb40a568e8da8a045ced110137e159f890ac4da883b6b17dc651b3a8049',
  },
  WebhookDelivery: {
    ...{ url: 'https://example.com/hooks/python', status: 'delivered', attempts: 1, lastStatus: 204 },
    ...{ lastError: null, nextAttemptAt: null, endedAt: finishedAt },
  },
  ToolAuth: { type: 'bearer', token: 'a token of the service' },
  ToolSummary,
  Tool: {
    ...ToolSummary,
    definition: {
      code: 'def main(city: str) -> str:\n    return f"Hello, {city}"\n',
      entry: 'main',
      tests: [],
    },
    ...{ permissions: { allowNet: [] }, limits: { timeoutSeconds: 5 }, redaction: null },
    auth: { type: 'none' },
  },
  ToolVersion: { version: 1, createdBy: ids.user, createdAt, name: 'greet', description: 'Greet a city.' },
  ToolVersionContent: {
    ...{ version: 1, createdBy: ids.user, createdAt, name: 'greet', description: 'Greet a city.' },
    content: { definition: { code: 'def main(city: str) -> str: ...', entry: 'main', tests: [] } },
  },
  DocumentPreview: {
    document: 'openapi: 3.1.0\n…',
    operations: [{ id: 'now', method: 'GET', path: '/now', description: 'The weather as it is' }],
    problems: [],
  },
  ToolOutcome: { execution: { ...Execution, toolId: ids.tool, toolVersion: 1 }, answer: null },
  AuditEntry: {
    ...{ id: ids.entry, actorId: ids.user, apiKeyId: ids.key, action: 'tool.create', resourceId: ids.tool },
    ...{ requestId: 'b0c5a2be-7c0e-4a35-9f0a-1f2a52f2b9a1', source: '192.0.2.7', executionId: null },
    ...{ outcome: 'success', detail: {}, run: null, index: 4711, createdAt, closedAt: finishedAt },
  },
  AuditReport: {
    ...{ ok: true, origin: 'agentchat-sandbox/0b1c2d3e4f5a6b7c', size: 4712, minimumIndex: 0, since: 0 },
    ...{ checked: 4712, waiting: 0, trust: 'external', heads: 12, handovers: 0, problems: [] },
  },
  AuditHead: {
    ...{ size: 4712, minimumIndex: 0 },
    checkpoint:
      'agentchat-sandbox/0b1c2d3e4f5a6b7c\n4712\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u2014 agentchat-sandbox/0b1c2d3e4f5a6b7c Az3grl...\n',
    key: 'agentchat-sandbox/0b1c2d3e4f5a6b7c+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    handovers: [],
  },
  Model: {
    ...{ id: ids.model, name: 'default', description: '', model: 'some-model', takesImages: false },
    limits: { maxSteps: 20, maxSeconds: 600, maxTokens: null, timeoutSeconds: 60 },
    ...{ enabled: true, baseUrl: 'https://api.example.com/v1', hasApiKey: true, parameters: {}, users: null },
    ...{ createdAt, updatedAt: createdAt },
  },
  AgentRunSummary,
  AgentStep,
  AgentRun: {
    ...AgentRunSummary,
    model: { id: ids.model, name: 'default', model: 'some-model' },
    tools: [{ name: 'greet', description: 'Greet a city.', parameters: ToolSummary.parameters }],
    limits: { maxSteps: 20, maxSeconds: 600, maxTokens: null, stepSeconds: null, approveSeconds: 300 },
    ...{ from: null, files: [] },
    steps: [AgentStep],
  },
  Batch: {
    ...{ id: ids.batch, userId: ids.user, status: 'finished', problem: null, programs: 2, done: 2 },
    ...{ succeeded: 2, cpuMs: 3.5, concurrency: 1, createdAt, finishedAt },
  },
  BatchProgramResult: { index: 0, status: 'success', failure: null, result: CodeExecutionResult },
  NewFrame: { url: '/frames/q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6' },
  Limits,
  ServiceState: { status: 'ok' },
  Anomaly: {
    ...{
      id: ids.anomaly,
      rule: 'process-files',
      subject: `user:${ids.user}`,
      priority: 'warning',
      state: 'open',
    },
    ...{ count: 2, score: 1, evidence: ['/proc/self/environ'], executionId: ids.execution },
    sentence: `Code of user ${ids.user} looks at what the system tells of processes: /proc/self/environ`,
    ...{ firstSeen: createdAt, lastSeen: finishedAt },
  },
  Machine: {
    ...{ id: 'worker-1', version: '0.2.0', slots: 8, running: 3, epoch: 17 },
    ...{ heardAt: createdAt, silentSeconds: 1.2 },
  },
}

/** What is no JSON, by the type of its contents. */
export const TEXT_EXAMPLES: Readonly<Record<string, string>> = {
  'text/event-stream':
    'id: 1\nevent: started\ndata: {"type":"started"}\n\nid: 2\nevent: stdout\ndata: {"type":"stdout","text":"hi\\n"}\n\n',
  'text/plain': '# TYPE agentchat_executions_running gauge\nagentchat_executions_running 0\n',
  'application/jsonl': '{"index":0,"entry":{"action":"user.sign-in","phase":"begin"}}\n',
  'text/csv': 'index,deed,phase,time,actor,action,resource,outcome,execution\r\n',
  'application/octet-stream': 'day,amount\nmonday,3\n',
  'text/html': '<!doctype html><p>42</p>',
}

/** Parameters, by their names, where their schemas have no example. */
export const PARAMETER_EXAMPLES: Readonly<Record<string, unknown>> = {
  cursor: ids.tool,
  actorId: ids.user,
  resourceId: ids.tool,
  toolId: ids.tool,
  sessionId: ids.session,
  action: 'tool.create',
  rule: 'process-files',
  ...{ since: createdAt, until: finishedAt, text: 'Ada' },
  prefer: 'respond-async',
  'idempotency-key': '6f1c2a0e-5d0b-4c6b-9d57-0c8b8a1f7f11',
  'if-match': '"3"',
}
