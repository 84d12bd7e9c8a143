import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { EXIT_FAILURE, EXIT_SUCCESS } from 'agentchat-sandbox-base/command/outcome'
import { type SandboxFlags, sandboxOptionsOf } from 'agentchat-sandbox-base/command/sandbox-flags'
import { createLocalHost } from '../local/local-host.ts'
import { KEEP_MINUTES, MAX_KEPT } from '../local/local-runs.ts'
import { MAX_SESSIONS } from '../local/local-sessions.ts'
import { createMcpServer } from '../mcp/create-mcp-server.ts'
import type { HostFacts } from '../mcp/python-host.ts'
import { say } from './say.ts'

/** What the library takes where no flag says otherwise. */
const DEFAULT_TIMEOUT_SECONDS = 60
const DEFAULT_MEMORY_MB = 512

/** Serves the client at the other end of the standard streams until it goes or a signal comes; gives the exit code. */
export async function serveStandardStreams(flags: SandboxFlags, version: string): Promise<number> {
  // Code, packages and libraries may print what they like: only the protocol reaches standard output.
  for (const name of ['log', 'info', 'debug'] as const) console[name] = console.error
  await using host = createLocalHost({
    sandbox: { ...sandboxOptionsOf(flags), pool: { min: 1 } },
    facts: factsOf(flags),
  })
  const report = (error: unknown) =>
    say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  const transport = new StdioServerTransport()
  const served = serveStdio(() => createMcpServer({ host, report, version }), {
    transport,
    onerror: (error) => say(error.message),
  })
  try {
    // The first answer does not wait for it, and the first run finds it ready; flags that cannot be end the command.
    return await Promise.race([endOfStreams(), endOf(transport), failureOf(host.warmUp())])
  } finally {
    await served.close()
  }
}

/** A message that is too large ends the transport and not the streams: the client would wait for ever. */
async function endOf(transport: StdioServerTransport): Promise<number> {
  const told = transport.onclose
  await new Promise<void>((resolve) => {
    transport.onclose = () => {
      told?.()
      resolve()
    }
  })
  // At the end of the streams it ends as well, and is told of it first.
  await setImmediate()
  return EXIT_FAILURE
}

/** Rejects when `work` does, and otherwise never settles. */
async function failureOf(work: Promise<void>): Promise<never> {
  await work
  return await new Promise<never>(() => {})
}

async function endOfStreams(): Promise<number> {
  const stop = new AbortController()
  const { signal } = stop
  const ends = [
    once(process.stdin, 'end', { signal }),
    once(process.stdin, 'close', { signal }),
    once(process.stdout, 'error', { signal }),
    once(process, 'SIGINT', { signal }),
    once(process, 'SIGTERM', { signal }),
  ]
  await Promise.race(ends).finally(() => {
    for (const end of ends) end.catch(() => {})
    stop.abort()
  })
  return EXIT_SUCCESS
}

function factsOf(flags: SandboxFlags): HostFacts {
  const grants = [
    ['environment variables', flags.allowEnv],
    ['files to read', flags.allowRead],
    ['files to write', flags.allowWrite],
    ['the network', flags.allowNet],
    ['programs', flags.allowRun],
    ['native libraries', flags.allowFfi],
  ] as const
  return {
    timeoutSeconds: flags.timeout ?? DEFAULT_TIMEOUT_SECONDS,
    memoryMb: flags.memory ?? DEFAULT_MEMORY_MB,
    packages: flags.packages ?? [],
    autoInstall: flags.autoInstall ?? false,
    granted: grants.flatMap(([what, grant]) =>
      grant === undefined ? [] : [grant === true ? what : `${what}: ${grant.join(', ')}`],
    ),
    hasDefaultSession: true,
    retention: `until the server ends, at most ${MAX_SESSIONS} sessions, and the last ${MAX_KEPT} runs for ${KEEP_MINUTES} minutes`,
  }
}
