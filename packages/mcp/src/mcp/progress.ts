import type { ServerContext } from '@modelcontextprotocol/server'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import type { PythonRun } from './python-host.ts'

/** Clients that listen count the time since the last word. */
const EVERY_MS = 3000
/** As much as clients show of it. */
const MESSAGE_CHARS = 200

/** Tells a client that asked for it how a run goes on, until it is disposed: seconds, and the last line printed. */
export function reportProgress(run: PythonRun, { mcpReq }: ServerContext): Disposable {
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
