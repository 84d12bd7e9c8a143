import type { PyodideSandbox, SandboxOptions } from 'agentchat-sandbox'
import type { HostFacts, PythonHost } from '../mcp/python-host.ts'
import { LocalRun, LocalRuns } from './local-runs.ts'
import { DEFAULT_HANDLE, LocalSessions } from './local-sessions.ts'

/** A host on a sandbox of this process, for one caller. Its maker closes it. */
export interface LocalHost extends PythonHost, AsyncDisposable {
  /** Gets a worker ready, so that the first run need not wait for it. */
  warmUp(): Promise<void>
}

/** What the host of a command is made of. */
export interface LocalHostSettings {
  readonly sandbox: SandboxOptions
  readonly facts: HostFacts
}

/** Makes the host. The library is loaded, and the sandbox made, when they are first needed. */
export function createLocalHost({ sandbox: options, facts }: LocalHostSettings): LocalHost {
  let made: Promise<PyodideSandbox> | null = null
  const sandbox = () => {
    made ??= import('agentchat-sandbox').then((library) => new library.PyodideSandbox(options))
    return made
  }
  const sessions = new LocalSessions(sandbox)

  const runs = new LocalRuns()

  return {
    facts,
    sessions,
    async begin({ code, session, timeoutSeconds, stdin }) {
      const held = await sessions.held(session)
      const start = (signal: AbortSignal) => held.stream(code, { timeoutSeconds, stdin, signal })
      return runs.begin(() => new LocalRun(session ?? DEFAULT_HANDLE, start))
    },
    isRun: (handle) => handle.startsWith('run-'),
    run: async (handle) => runs.get(handle),
    reasonOf,
    storedTools: async () => [],
    warmUp: async () => (await sandbox()).start(),
    [Symbol.asyncDispose]: async () => {
      await runs.close()
      // One that could not be made has told so, and left nothing.
      const sandbox = await made?.catch(() => null)
      await sandbox?.close()
    },
  }
}

/** What a caller did: its code, its options, its place in the queue. These errors explain themselves. */
const TOLD = new Set([
  'invalid-options',
  'queue-full',
  'workspace-file',
  'file-input',
  'file-unavailable',
  'package-unavailable',
  'session-not-saved',
  'session-closed',
])

function reasonOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return error instanceof Error && typeof code === 'string' && TOLD.has(code) ? error.message : null
}
