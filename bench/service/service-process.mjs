// A service of its own in a folder of its own, started as its command.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../packages/server/dist/cli/main.js', import.meta.url))
export const ADMIN = { email: 'admin@localhost.local', password: 'a password of the bench' }
const READY_MS = 60_000

/** @returns {{ path: string } & Disposable} a folder that is removed at the end */
export function scratchFolder() {
  const path = mkdtempSync(join(tmpdir(), 'agentchat-bench-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/**
 * Starts `agentchat-sandbox-server serve` and waits until it listens.
 * @param {string} folder
 * @param {Readonly<Record<string, string>>} [settings] variables of its configuration
 */
export async function startService(folder, settings = {}) {
  const started = performance.now()
  const child = spawn(process.execPath, [COMMAND, 'serve', '--port', '0', '--data-dir', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      AGENTCHAT_ADMIN_PASSWORD: ADMIN.password,
      AGENTCHAT_LOG_LEVEL: 'warn',
      ...settings,
    },
  })
  const ended = new Promise((resolve) => child.on('close', resolve))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`Cannot measure: no service after ${READY_MS} ms`)),
      READY_MS,
    )
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
      const found = /listens on (\S+)/.exec(stdout)?.[1]
      if (found === undefined) return
      clearTimeout(late)
      resolve(found)
    })
    void ended.then((code) => {
      clearTimeout(late)
      reject(new Error(`Cannot measure: "serve" ended with ${code}: ${stderr.trim()}`))
    })
  })
  const readyMs = performance.now() - started
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => {
    child.kill(signal)
    return ended
  }
  return {
    url,
    readyMs,
    pid: child.pid ?? 0,
    log: () => stderr,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

/**
 * An API key of the administrator, for everything.
 * @param {string} url
 * @returns {Promise<string>}
 */
export async function keyFor(url) {
  const json = { 'content-type': 'application/json' }
  const signedIn = await fetch(`${url}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(ADMIN),
  })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((text) => text.split(';', 1)[0])
    .join('; ')
  const made = await fetch(`${url}/api/v1/api-keys`, {
    method: 'POST',
    headers: { ...json, cookie },
    body: JSON.stringify({ name: 'bench', scopes: ['admin'] }),
  })
  if (made.status !== 201) throw new Error(`Cannot measure: no API key, ${made.status} ${await made.text()}`)
  return (await made.json()).key
}

/**
 * A key of a new user with the quotas that everybody has.
 * @param {string} url
 * @param {ReturnType<typeof callerOf>} admin
 * @param {string} name
 */
export async function keyOfUser(url, admin, name) {
  const credentials = { email: `${name}@example.com`, password: 'a password of somebody' }
  await admin('POST', 'users', { ...credentials, name })
  const headers = { 'content-type': 'application/json' }
  const signedIn = await fetch(`${url}/api/v1/auth/sign-in`, {
    ...{ method: 'POST', headers },
    body: JSON.stringify(credentials),
  })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((text) => text.split(';', 1)[0])
    .join('; ')
  const made = await fetch(`${url}/api/v1/api-keys`, {
    ...{ method: 'POST', headers: { ...headers, cookie } },
    body: JSON.stringify({ name, scopes: ['execute', 'tools:read', 'tools:write', 'audit:read'] }),
  })
  return (await made.json()).key
}

/**
 * A function that sends requests with a key.
 * @param {string} url
 * @param {string} key
 */
export function callerOf(url, key) {
  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   */
  return async (method, path, body, headers = {}) =>
    await fetch(`${url}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
}
