import type { ExecutionEvent, PyodideSandbox, SandboxOptions } from 'agentchat-sandbox'
import type { HostFacts, PythonHost, RunRequest } from '../mcp/python-host.ts'
import { LocalSessions } from './local-sessions.ts'

/** A host on a sandbox of this process, for one caller. Whoever makes it closes it. */
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

  async function* stream(request: RunRequest): AsyncGenerator<ExecutionEvent, void, void> {
    const { code, session, timeoutSeconds, stdin, signal } = request
    const held = await sessions.held(session)
    yield* held.stream(code, { timeoutSeconds, stdin, signal })
  }

  return {
    facts,
    sessions,
    stream,
    storedTools: async () => [],
    warmUp: async () => (await sandbox()).start(),
    [Symbol.asyncDispose]: async () => {
      // One that could not be made has told so, and left nothing.
      const sandbox = await made?.catch(() => null)
      await sandbox?.close()
    },
  }
}
