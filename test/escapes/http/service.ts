import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Caller, callerOf } from './caller.ts'

const COMMAND = fileURLToPath(new URL('../../../packages/server/build/cli/main.js', import.meta.url))
const GAUGE = new URL('../../../build/escapes/http/gauge.js', import.meta.url).href
const ADMIN = { email: 'admin@example.com', password: 'a password of the admin' }
const PASSWORD = 'a password of somebody'
const READY_MS = 240_000

/** What somebody signs in with. */
export interface Credentials {
  readonly email: string
  readonly password: string
}

/** An ordinary user of a service. */
export interface User {
  readonly caller: Caller
  readonly credentials: Credentials
}

/** What the gauge says of the process that it is in. */
export interface Gauge {
  readonly pid: number
  readonly rssMib: number
  readonly heldMs: number
  readonly slowness: number
  readonly starved: number
}

/** A service that runs as its own process, with the gauge inside. */
export interface AttackedService {
  readonly url: string
  readonly pid: number
  readonly folder: string
  readonly alive: boolean
  /** What it wrote on its standard error. */
  readonly log: string
  ask(question: 'begin' | 'held' | 'memory'): Promise<Gauge>
  /** An ordinary user with quotas, who has a key of everything that users may. */
  newUser(name: string, from?: string): Promise<User>
  /** Bytes in its data folder. */
  diskBytes(): number
  close(): Promise<void>
}

/** Starts the service of the build. */
export async function startService(env: Readonly<Record<string, string>>): Promise<AttackedService> {
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-escapes-http-'))
  const gauge = join(folder, 'gauge.socket')
  const data = join(folder, 'data')
  const child = spawn(
    process.execPath,
    ['--import', GAUGE, COMMAND, 'serve', '--port', '0', '--data-dir', data],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...{ ESCAPES_GAUGE: gauge, AGENTCHAT_LOG_LEVEL: 'warn' },
        ...{ AGENTCHAT_ADMIN_EMAIL: ADMIN.email, AGENTCHAT_ADMIN_PASSWORD: ADMIN.password },
        ...env,
      },
    },
  )
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-100_000)
  })
  const closed = once(child, 'close')
  const close = async () => {
    child.kill('SIGTERM')
    await closed
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const url = await urlOf(child, () => log)
    const admin = await keyOf(url, ADMIN)
    return {
      ...{ url, folder, close, pid: child.pid ?? 0 },
      get alive() {
        return child.exitCode === null && child.signalCode === null
      },
      get log() {
        return log
      },
      ask: (question) => ask(gauge, question),
      newUser: (name, from) => newUser(admin, name, from),
      diskBytes: () => bytesIn(data),
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function urlOf(child: ChildProcess, log: () => string): Promise<string> {
  let stdout = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  for (const end = performance.now() + READY_MS; performance.now() < end; ) {
    const url = /listens on (\S+)/.exec(stdout)?.[1]
    if (url !== undefined) return url
    if (child.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`The service does not listen: ${log()}`)
}

async function keyOf(url: string, credentials: Credentials, from?: string): Promise<Caller> {
  const nobody = callerOf(url, '', from)
  const signedIn = await nobody.send('POST', 'auth/sign-in', { json: credentials })
  const cookie = [signedIn.headers['set-cookie'] ?? []]
    .flat()
    .map((text) => text.split(';', 1)[0])
    .join('; ')
  const scopes =
    credentials === ADMIN ? ['admin'] : ['execute', 'tools:read', 'tools:write', 'audit:read', 'admin']
  const made = await nobody.send('POST', 'api-keys', { json: { name: 'key', scopes }, headers: { cookie } })
  if (made.status !== 201) throw new Error(`Cannot make a key: ${made.status} ${made.text}`)
  return callerOf(url, JSON.parse(made.text).key, from)
}

async function newUser(admin: Caller, name: string, from?: string): Promise<User> {
  const credentials = { email: `${name}@example.com`, password: PASSWORD }
  const made = await admin.send('POST', 'users', { json: { ...credentials, name } })
  if (made.status !== 201) throw new Error(`Cannot make a user: ${made.status} ${made.text}`)
  return { credentials, caller: await keyOf(admin.url.href, credentials, from) }
}

function ask(path: string, question: string): Promise<Gauge> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(path, () => socket.write(question))
    socket.setTimeout(READY_MS, () => socket.destroy(new Error('The event loop of the service stands still')))
    socket.setEncoding('utf8').on('data', (piece) => {
      text += piece
      if (!text.endsWith('\n')) return
      socket.destroy()
      resolve(JSON.parse(text))
    })
    socket.on('error', reject)
  })
}

function bytesIn(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    // Blocks, not lengths: a file may have holes. It may also be gone by now.
    bytes += (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.blocks ?? 0) * 512
  }
  return bytes
}
