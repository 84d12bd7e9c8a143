import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { command, scratchFolder, start } from './fixtures/command.ts'

const { folder } = scratchFolder()
const PASSWORD = 'a password of the admin'

test('audit verifies, queries, exports and proves what serve has recorded, while it is stopped', async () => {
  const data = join(folder, 'data')
  const heads = join(folder, 'heads')
  const env = {
    AGENTCHAT_ADMIN_PASSWORD: PASSWORD,
    AGENTCHAT_POOL_MIN: '0',
    AGENTCHAT_AUDIT_HEAD_FILE: heads,
  }
  const audit = async (...args: string[]) => await command(['audit', ...args], { env })
  const ofData = ['--data-dir', data]
  expect(await audit('verify', ...ofData)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('no data folder'),
  })

  const running = start(['serve', '--port', '0', ...ofData], { env })
  let stdout = ''
  running.child.stdout?.on('data', (text: string) => {
    stdout += text
  })
  await running.printed('listens on')
  const url = /listens on (\S+)/.exec(stdout)?.[1] ?? ''
  const json = { 'content-type': 'application/json' }
  const credentials = JSON.stringify({ email: 'admin@localhost.local', password: PASSWORD })
  const signedIn = await fetch(`${url}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: json,
    body: credentials,
  })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((text) => text.split(';', 1)[0])
    .join('; ')
  const ran = await fetch(`${url}/api/v1/executions`, {
    ...{ method: 'POST', headers: { ...json, cookie }, body: JSON.stringify({ code: '6 * 7' }) },
  })
  const { id } = (await ran.json()) as { readonly id: string }
  expect(await audit('verify', ...ofData)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('has it open'),
  })
  running.child.kill('SIGTERM')
  expect((await running.outcome).exitCode).toBe(0)

  const verified = await audit('verify', ...ofData)
  expect(verified).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^ok: \d+ entries[\s\S]*\ntrust: external/),
  })
  const queried = await audit('query', '--resource', id, ...ofData)
  expect(JSON.parse(queried.stdout)).toMatchObject({
    action: 'execution.create',
    outcome: 'success',
    execution: id,
  })
  expect((await audit('query', '--outcome', 'good', ...ofData)).exitCode).toBe(2)

  const tiles = join(folder, 'tiles')
  expect((await audit('export', '--format', 'tiles', '--to', tiles, ...ofData)).exitCode).toBe(0)
  const key = readFileSync(join(tiles, 'key'), 'utf8').trim()
  const ofTiles = ['--from', tiles, '--key', key, '--heads', heads]
  const exported = await audit('verify', ...ofTiles, '--json')
  expect(JSON.parse(exported.stdout)).toMatchObject({ ok: true, trust: 'external', waiting: 0 })
  const columns = join(tiles, 'columns.jsonl')
  writeFileSync(columns, readFileSync(columns, 'utf8').replace('"success"', '"refused"'))
  expect(await audit('verify', ...ofTiles)).toMatchObject({
    ...{ exitCode: 1, stdout: expect.stringMatching(/^NOT as it was signed[\s\S]*its column "outcome"/) },
  })
  const csv = await audit('export', '--format', 'csv', ...ofData)
  expect(csv.stdout).toContain(`,execution.create,${id},success,${id}\r\n`)

  const proof = join(folder, 'run.tlog-proof')
  writeFileSync(proof, (await audit('proof', id, ...ofData)).stdout)
  const checked = await audit('proof', '--check', proof, '--key', key)
  expect(JSON.parse(checked.stdout)).toMatchObject({ execution: id, phase: 'end' })
  writeFileSync(proof, readFileSync(proof, 'utf8').replace('index ', 'index 9'))
  expect((await audit('proof', '--check', proof, '--key', key)).exitCode).toBe(1)
  mkdirSync(join(folder, 'other'))
  expect((await audit('verify', '--from', join(folder, 'other'), '--key', key)).exitCode).toBe(2)
  expect((await audit('verify', ...ofTiles.slice(0, 2), '--key', 'x+y')).stderr).toContain('is no public key')
})
