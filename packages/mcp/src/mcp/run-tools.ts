import type { CallToolResult, McpServer, ServerContext } from '@modelcontextprotocol/server'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { z } from 'zod'
import type { HostFacts, PythonRun } from './python-host.ts'
import { contentOf, progressContent } from './result-content.ts'
import { ADDS, DESTROYS, READS, type ServerParts } from './server-parts.ts'
import { asOutcome, toldOf } from './told.ts'

/** Clients give up after a minute, whatever they are told meanwhile. */
const DEFAULT_WAIT_SECONDS = 45
const MAX_WAIT_SECONDS = 600
const MAX_CODE_CHARS = 2 ** 20

const waitSeconds = z
  .number()
  .min(0)
  .max(MAX_WAIT_SECONDS)
  .default(DEFAULT_WAIT_SECONDS)
  .describe(
    'Seconds to wait for the end; after them the answer is the handle of the run and its output so far',
  )
/** What no host makes does not reach one: a database takes no U+0000. */
const handle = z
  .string()
  .max(100)
  .regex(/^[\x21-\x7e]+$/, 'must be a handle as it was given')
const runHandle = handle.describe('The handle of a run, as run_python gave it')
export const sessionHandle = handle.optional().describe('The handle of a session, from create_session')

/** Adds `run_python`, `get_run` and `cancel_run`. */
export function addRunTools(server: McpServer, parts: ServerParts): void {
  const { host } = parts
  const facts = host.facts
  server.registerTool(
    'run_python',
    {
      title: 'Run Python',
      description: describeRun(facts),
      inputSchema: z.strictObject({
        code: z.string().max(MAX_CODE_CHARS).describe('The program; the value of its last line is shown'),
        session: sessionHandle,
        timeout_seconds: z.number().positive().max(facts.timeoutSeconds).optional(),
        stdin: z.string().max(MAX_CODE_CHARS).optional().describe('What input() and sys.stdin read'),
        wait_seconds: waitSeconds,
      }),
      // No output schema: clients that read structured content lose the images beside it.
      annotations: { ...ADDS, openWorldHint: facts.granted.length > 0 },
    },
    ({ code, session = null, timeout_seconds: timeoutSeconds, stdin, wait_seconds: wait }, context) =>
      asOutcome(parts, async () => {
        const run = await host.begin({ code, session, timeoutSeconds, stdin })
        // The caller has no handle yet, so that nobody else could end it.
        return await followed(run, wait, context, parts, { cancelWithCall: true })
      }),
  )
  server.registerTool(
    'get_run',
    {
      title: 'Wait for a run',
      description: `Waits for a run that run_python left running, and gives its result or its output so far. Runs are kept ${facts.retention}.`,
      inputSchema: z.strictObject({ run: runHandle, wait_seconds: waitSeconds }),
      annotations: READS,
    },
    ({ run, wait_seconds: wait }, context) =>
      asOutcome(
        parts,
        async () => await followed(await host.run(run), wait, context, parts, { cancelWithCall: false }),
      ),
  )
  server.registerTool(
    'cancel_run',
    {
      title: 'End a run',
      description: 'Ends a run that is in progress. Its output so far is kept.',
      inputSchema: z.strictObject({ run: runHandle }),
      annotations: DESTROYS,
    },
    ({ run: handle }, context) =>
      asOutcome(parts, async () => {
        const run = await host.run(handle)
        await run.cancel()
        return await followed(run, 0, context, parts, { cancelWithCall: false })
      }),
  )
}

async function followed(
  run: PythonRun,
  seconds: number,
  context: ServerContext,
  parts: ServerParts,
  { cancelWithCall }: { readonly cancelWithCall: boolean },
): Promise<CallToolResult> {
  const { signal } = context.mcpReq
  {
    using _progress = reportProgress(run, context)
    await run.wait(seconds * 1000, signal)
  }
  // Who takes the call back before it is answered takes the run back.
  if (signal.aborted && cancelWithCall) await run.cancel()
  const { state } = run
  if (state.phase === 'running') return progressContent(run)
  if (state.phase === 'finished') return contentOf(run, state.result)
  return { content: [{ type: 'text', text: toldOf(state.error, parts) }], isError: true }
}

function describeRun({ hasDefaultSession, timeoutSeconds, packages, autoInstall }: HostFacts): string {
  const state = hasDefaultSession
    ? 'Variables, imports and files stay from call to call.'
    : 'Nothing stays from call to call, unless a session is named: create_session makes one.'
  const more = packages.length > 0 ? ` Packages beside the standard library: ${packages.join(', ')}.` : ''
  return (
    'Runs Python (CPython in WebAssembly) in a sandbox and gives what it prints, the value of its last line, ' +
    `plots as images, and links to the files that it makes. ${state} At most ${timeoutSeconds} s.${more}` +
    (autoInstall ? ' Packages that the code imports are installed.' : '')
  )
}

/** Clients that listen count the time since the last word. */
const EVERY_MS = 3000
/** As much as clients show of it. */
const MESSAGE_CHARS = 200

/** Tells a client that asked for it how a run goes on, until it is disposed: seconds, and the last line printed. */
function reportProgress(run: PythonRun, { mcpReq }: ServerContext): Disposable {
  const token = mcpReq._meta?.progressToken
  if (token === undefined) return { [Symbol.dispose]: () => {} }
  const begun = performance.now()
  const timer = setInterval(() => {
    // Each is larger than the one before.
    const progress = (performance.now() - begun) / 1000
    const line = run.output.lastLine(MESSAGE_CHARS)
    const message = line === '' ? `running for ${Math.round(progress)} s` : line
    const params = { progressToken: token, progress, message }
    inBackground(mcpReq.notify({ method: 'notifications/progress', params }))
  }, EVERY_MS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
