import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IsolationError, PyodideSandbox, WorkerStartError } from '../../sandbox/index.ts'
import { findBubblewrap } from '../../sandbox/wall/host-tools.ts'
import { type Finding, fail, ok, warn } from './check.ts'

/** Tries to get at a file and a server of this machine, by every way that Python finds, and prints what it got. */
const ATTEMPT = `
try:
    import js
    print(js.Deno.readTextFileSync(path))
except BaseException as error:
    print(error)
try:
    print(open(path).read())
except BaseException as error:
    print(error)
try:
    from pyodide.http import pyfetch
    print((await pyfetch(url)).status)
except BaseException as error:
    print(error)
print("tried")
`

/** Does Deno hold what Python tries? Judged by a file and a server of our own, not by what the worker says. */
export async function lookAtDenoWall(cacheDir: string): Promise<Finding> {
  const secret = randomUUID()
  const folder = await mkdtemp(join(tmpdir(), 'agentchat-doctor-'))
  let visits = 0
  const server = createServer((_request, response) => {
    response.end()
  })
  server.on('connection', () => {
    visits += 1
  })
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve)
    })
    const path = join(folder, 'secret')
    await writeFile(path, secret)
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    // Behind this wall alone: the second one would stop the same attempts.
    await using sandbox = new PyodideSandbox({ cacheDir, isolation: 'deno', pool: { min: 0, max: 1 } })
    const { stdout, error } = await sandbox.execute(ATTEMPT, { globals: { path, url }, timeoutSeconds: 30 })
    if (stdout.includes(secret)) return fail('a program read a file that it was not granted', STOP)
    if (visits > 0) return fail('a program reached a server that it was not granted', STOP)
    if (!stdout.endsWith('tried\n')) return fail(`the attempt did not end: ${error?.message ?? stdout}`, null)
    return ok('a program could neither read a file of this machine nor reach a server on it')
  } finally {
    server.close()
    server.closeAllConnections()
    await rm(folder, { recursive: true, force: true })
  }
}

const STOP = 'do not run untrusted code with this installation; install the package again (npm ci)'

/** Does the second wall stand behind Deno's permissions? Tried, and asked of the receipt of the run. */
export async function lookAtSecondWall(cacheDir: string): Promise<Finding> {
  if (process.platform !== 'linux') return warn('there is none on this platform', null)
  const path = findBubblewrap()
  if (path === null) return warn('bubblewrap is not here', 'install the package "bubblewrap"')
  await using sandbox = new PyodideSandbox({ cacheDir, isolation: 'os', pool: { min: 0, max: 1 } })
  try {
    const { permissions, error } = await sandbox.execute('', { timeoutSeconds: 30 })
    if (error !== null) return fail(`nothing runs behind ${path}: ${error.message}`, null)
    if (permissions.walls.includes('bubblewrap')) return ok(`bubblewrap at ${path}`)
    return fail(`a run that asked for ${path} came out without it`, STOP)
  } catch (error) {
    if (!(error instanceof IsolationError)) throw error
    const reason = error.cause instanceof WorkerStartError ? error.cause.detail : error.message
    return warn(
      `${path} does not work here: ${reason}`,
      'allow unprivileged user name spaces on this machine',
    )
  }
}
