import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { command, type Running, scratchFolder, start } from './fixtures/command.ts'
import type { AnswerBody } from './service/fixtures/answer-body.ts'

const { folder } = scratchFolder()
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PASSWORD = 'a password of the admin'

async function serve(name: string, env: Record<string, string> = {}) {
  const running = start(['serve', '--port', '0', '--data-dir', join(folder, name)], {
    env: { AGENTCHAT_ADMIN_PASSWORD: PASSWORD, ...env },
  })
  let stdout = ''
  running.child.stdout?.on('data', (text: string) => {
    stdout += text
  })
  await running.printed('listens on')
  const url = /listens on (\S+)/.exec(stdout)?.[1] ?? ''
  return { running, url }
}

async function signedIn(url: string) {
  const json = { 'content-type': 'application/json' }
  const body = JSON.stringify({ email: 'admin@localhost.local', password: PASSWORD })
  const answer = await fetch(`${url}/api/v1/auth/sign-in`, { method: 'POST', headers: json, body })
  const cookie = answer.headers
    .getSetCookie()
    .map((text) => text.split(';', 1)[0])
    .join('; ')
  return async (method: string, path: string, sent?: object, headers: Record<string, string> = {}) => {
    const init = {
      method,
      headers: { ...json, cookie, ...headers },
      ...(sent && { body: JSON.stringify(sent) }),
    }
    return (await (await fetch(`${url}/api/v1/${path}`, init)).json()) as AnswerBody
  }
}

async function ended(running: Running, signal: NodeJS.Signals) {
  running.child.kill(signal)
  return await running.outcome
}

test('serve makes the administrator once, refuses a second service, and ends in peace', async () => {
  const { running, url } = await serve('peace', { AGENTCHAT_ADMIN_PASSWORD: '' })
  const second = await command(['serve', '--port', '0', '--data-dir', join(folder, 'peace')])
  expect(second).toMatchObject({ exitCode: 2, stdout: '' })
  expect(second.stderr).toContain(`process ${running.child.pid} has it open`)
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' })
  const first = await ended(running, 'SIGTERM')
  expect(first.exitCode).toBe(0)
  expect(first.stderr).toMatch(/told only now:\s+e-mail: +admin@localhost.local\s+password: [\w-]{20,}/)
  expect(existsSync(join(folder, 'peace', 'service.lock'))).toBe(false)
  const again = await serve('peace')
  expect((await ended(again.running, 'SIGTERM')).stderr).not.toContain('password')
})

test('serve --rotate-key makes a new key; what the old one sealed is there, also after a change that was broken off', async () => {
  const data = join(folder, 'rotated')
  const rotate = () => command(['serve', '--rotate-key', '--data-dir', data])
  const keyFile = () => readFileSync(join(data, 'secret.key'), 'utf8')
  expect(await rotate()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no key file') })
  const first = await serve('rotated')
  const call = await signedIn(first.url)
  const { id } = await call('POST', 'sessions', { name: 'kept' })
  await call('POST', `sessions/${id}/executions`, { code: 'x = 41' })
  expect(await rotate()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('has it open') })
  await ended(first.running, 'SIGTERM')
  const old = keyFile()
  expect(await rotate()).toMatchObject({ exitCode: 0 })
  const fresh = keyFile()
  expect(fresh).not.toBe(old)
  expect(existsSync(join(data, 'secret.key.previous'))).toBe(false)
  // As a change leaves it that is killed before anything is sealed anew.
  renameSync(join(data, 'secret.key'), join(data, 'secret.key.previous'))
  const second = await serve('rotated')
  const again = await signedIn(second.url)
  const { result } = await again('POST', `sessions/${id}/executions`, { code: 'x + 1' })
  expect(result.result).toBe(42)
  expect(existsSync(join(data, 'secret.key.previous'))).toBe(false)
  await ended(second.running, 'SIGTERM')
})

test('serve says who has the port, and has not made an administrator whose password nobody has read', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const flags = ['serve', '--port', String(port), '--data-dir', join(folder, 'port')]
  const refused = await command(flags)
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
  expect(refused.stderr).toContain(`Cannot listen on 127.0.0.1, port ${port}: something else does`)
  expect(refused.stderr).not.toContain('password:')
  other.close()
  const { running } = await serve('port', { AGENTCHAT_ADMIN_PASSWORD: '' })
  expect((await ended(running, 'SIGTERM')).stderr).toMatch(/password: +[\w-]{20,}/)
})

test('npm start serves, and Ctrl-C in its terminal lets what runs come to its end', async ({
  onTestFinished,
}) => {
  const name = `npm-${randomUUID()}`
  const env = { ...process.env, AGENTCHAT_PORT: '0', AGENTCHAT_DATA_DIR: join(folder, name) }
  // A process group of its own, as a shell makes one: Ctrl-C reaches npm, the shell below it, and the service.
  const npm = spawn('npm', ['start'], {
    ...{ cwd: ROOT, detached: true, env: { ...env, AGENTCHAT_ADMIN_PASSWORD: PASSWORD } },
  })
  const closed = once(npm, 'close')
  const signal = (signal: NodeJS.Signals) => process.kill(-(npm.pid ?? 0), signal)
  onTestFinished(() => {
    if (npm.exitCode === null && npm.signalCode === null) signal('SIGKILL')
  })
  let output = ''
  for (const pipe of [npm.stdout, npm.stderr])
    pipe.on('data', (text) => {
      output += text
    })
  await expect.poll(() => output).toMatch(/listens on \S+/)
  const call = await signedIn(/listens on (\S+)/.exec(output)?.[1] ?? '')
  const code = 'print("begun", flush=True)\nimport time\ntime.sleep(2)\nprint("done")'
  const { id } = await call('POST', 'executions', { code }, { prefer: 'respond-async' })
  await expect.poll(async () => (await call('GET', `executions/${id}`)).status).toBe('running')
  signal('SIGINT')
  await closed
  expect(output).toContain('ending within 10 s; press Ctrl-C again to end at once')
  const { running, url } = await serve(name)
  const again = await signedIn(url)
  expect(await again('GET', `executions/${id}`)).toMatchObject({
    status: 'success',
    result: { stdout: 'begun\ndone\n' },
  })
  await ended(running, 'SIGTERM')
})

test('npm may repeat a Ctrl-C late; the next one ends the service at once', async () => {
  const { running, url } = await serve('repeated', { npm_lifecycle_event: 'start' })
  const call = await signedIn(url)
  const code = 'import time\ntime.sleep(60)'
  const { id } = await call('POST', 'executions', { code }, { prefer: 'respond-async' })
  await expect.poll(async () => (await call('GET', `executions/${id}`)).status).toBe('running')
  let told = ''
  running.child.stderr?.on('data', (text: string) => {
    told += text
  })
  running.child.kill('SIGINT')
  await expect.poll(() => told).toContain('ending within 10 s')
  running.child.kill('SIGINT')
  await setTimeout(700)
  expect(running.child.exitCode).toBeNull()
  expect((await ended(running, 'SIGINT')).exitCode).toBe(130)
})

test('serve says in a line what is wrong with its configuration', async () => {
  const { exitCode, stderr } = await command(['serve'], {
    env: { AGENTCHAT_PORT: 'banana', DATABASE_URL: 'x' },
  })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/AGENTCHAT_PORT \("banana"\).*DATABASE_URL/)
})
