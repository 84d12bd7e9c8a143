import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runningProcesses } from '../../sandbox/test/fixtures/sandbox.ts'
import { MAIN, scratchFolder } from './fixtures/command.ts'
import type { AnswerBody } from './service/fixtures/answer-body.ts'

const { folder } = scratchFolder()
const PASSWORD = 'a password of the admin'
/** An empty database, what the service leaves for it, and a little more. */
const DISK_BYTES = 116 * 2 ** 20
const canMount =
  spawnSync('bwrap', ['--dev-bind', '/', '/', '--size', '1000000', '--tmpfs', '/tmp', 'true']).status === 0
if (!canMount) console.warn('bubblewrap cannot mount a small disk here: a full one is not tested')

/** Starts serve with its data on a small disk of its own; `inside` is where this process finds it. */
async function serveOnSmallDisk() {
  const disk = join(folder, 'disk')
  mkdirSync(disk, { recursive: true })
  const command = [process.execPath, MAIN, 'serve', '--port', '0', '--data-dir', join(disk, 'data')]
  const wall = ['--dev-bind', '/', '/', '--die-with-parent', '--size', String(DISK_BYTES), '--tmpfs', disk]
  const child = spawn('bwrap', [...wall, ...command], {
    env: { ...process.env, AGENTCHAT_ADMIN_PASSWORD: PASSWORD, AGENTCHAT_POOL_MIN: '0' },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text) => {
    stdout += text
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  await expect.poll(() => stdout).toContain('listens on')
  const service = runningProcesses().find(({ parent }) => parent === child.pid)
  const url = /listens on (\S+)/.exec(stdout)?.[1] ?? ''
  const pid = service?.pid ?? 0
  const end = async () => {
    const closed = once(child, 'close')
    process.kill(pid, 'SIGTERM')
    await closed
  }
  return { url, inside: `/proc/${pid}/root${disk}`, log: () => stderr, end }
}

async function callerOf(url: string) {
  const json = { 'content-type': 'application/json' }
  const credentials = { email: 'admin@localhost.local', password: PASSWORD }
  const signedIn = await fetch(`${url}/api/v1/auth/sign-in`, {
    ...{ method: 'POST', headers: json, body: JSON.stringify(credentials) },
  })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((text) => text.split(';', 1)[0])
    .join('; ')
  return async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const init = {
      method,
      headers: { ...json, cookie, ...headers },
      ...(body && { body: JSON.stringify(body) }),
    }
    const answer = await fetch(`${url}/api/v1/${path}`, init)
    return { status: answer.status, body: JSON.parse((await answer.text()) || 'null') as AnswerBody }
  }
}

function fill(path: string): void {
  const descriptor = openSync(path, 'w')
  try {
    for (const size of [2 ** 16, 1024]) {
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(size, 1))
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

/** A tool that takes some room. */
function tool(name: string) {
  const info = { title: 'T', version: '1', description: `${Math.random()}`.repeat(10_000) }
  const paths = { '/a': { get: { operationId: 'a', responses: { 200: { description: 'ok' } } } } }
  const document = { openapi: '3.1.0', info, servers: [{ url: 'https://example.com' }], paths }
  return { name, kind: 'openapi', definition: { document } }
}

test.skipIf(!canMount)(
  'with a full disk serve answers 503, writes nothing by halves, and works again when there is room',
  async () => {
    const service = await serveOnSmallDisk()
    const call = await callerOf(service.url)
    const makesFile = { code: "open('big.bin', 'wb').write(b'x' * 2_000_000)\n6 * 7" }
    const kept = await call('POST', 'executions', makesFile)
    expect(kept.body.result.files).toMatchObject([{ kept: true }])
    const first = kept.body.id
    const slow = { code: 'import time\ntime.sleep(3)' }
    const background = { prefer: 'respond-async' }
    const begun = (await call('POST', 'executions', slow, background)).body.id
    const endless = (await call('POST', 'executions', { code: 'while True: pass' }, background)).body.id
    const somebody = { email: 'somebody@example.com', password: PASSWORD, name: 'somebody' }
    const user = (await call('POST', 'users', somebody)).body.id
    const small = (await call('POST', 'tools', { ...tool('small'), enabled: true })).body.id
    fill(join(service.inside, 'filler'))

    const made: string[] = []
    const statuses = new Set<number>()
    for (let n = 0; n < 60 && !statuses.has(503); n += 1) {
      const { status, body } = await call('POST', 'tools', tool(`tool_${n}`))
      statuses.add(status)
      if (status === 201) made.push(body.id)
      else expect(body).toMatchObject({ code: 'unavailable', retryAfterSeconds: 2 })
    }
    expect(statuses).toContain(503)
    expect((await call('POST', 'executions', makesFile)).status).toBe(503)
    // Stopping something needs no room, nor does taking a right away.
    expect((await call('DELETE', `executions/${endless}`)).body).toMatchObject({ status: 'cancelled' })
    expect((await call('PATCH', `users/${user}`, { disabled: true })).status).toBe(200)
    const disable = () => call('PATCH', `tools/${small}`, { enabled: false }, { 'if-match': '*' })
    expect(await disable()).toMatchObject({ status: 200, body: { enabled: false } })
    expect((await disable()).status).toBe(503)
    // What runs already is recorded to its end, with what is left for that.
    await expect.poll(async () => (await call('GET', `executions/${begun}`)).body.status).toBe('success')
    expect((await call('DELETE', `executions/${first}/files`)).status).toBe(204)
    const listed = await call('GET', 'tools?limit=100')
    expect(listed.status).toBe(200)
    expect(listed.body.items.map(({ id }: { id: string }) => id).sort()).toEqual([...made, small].sort())

    rmSync(join(service.inside, 'filler'))
    await expect.poll(async () => (await call('POST', 'tools', tool('after'))).status).toBe(201)
    const again = await call('POST', 'executions', makesFile)
    expect(again.body.result).toMatchObject({ result: 42, files: [{ kept: true }] })
    for (const id of made) expect((await call('GET', `tools/${id}/versions`)).body.items).toHaveLength(1)
    expect((await call('GET', 'executions?status=running')).body.items).toEqual([])
    expect(
      readdirSync(join(service.inside, 'data', 'files')).filter((name) => name.endsWith('.draft')),
    ).toEqual([])
    expect(service.log()).not.toContain('params:')
    await service.end()
  },
  120_000,
)
