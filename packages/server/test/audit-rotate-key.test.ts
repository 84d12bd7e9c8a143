import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newSignerText, parseSigner } from '../src/services/audit/tlog/signed-note.ts'
import { command, scratchFolder, start } from './fixtures/command.ts'

const { folder } = scratchFolder()
const env = { AGENTCHAT_ADMIN_PASSWORD: 'a password of the admin', AGENTCHAT_POOL_MIN: '0' }

/** Starts the service on a folder, does something, and ends it. */
async function served(args: readonly string[], work: () => Promise<void> = async () => {}, more = {}) {
  const running = start(['serve', '--port', '0', ...args], { env: { ...env, ...more } })
  await running.printed('listens on')
  await work()
  running.child.kill('SIGTERM')
  expect((await running.outcome).exitCode).toBe(0)
}

test('audit rotate-key hands the log over to a new key file; broken off at any step, it is ended', async () => {
  const data = join(folder, 'data')
  const ofData = ['--data-dir', data]
  const heads = join(folder, 'heads')
  const audit = async (...args: string[]) =>
    await command(['audit', ...args], { env: { ...env, AGENTCHAT_AUDIT_HEAD_FILE: heads } })
  expect(await audit('rotate-key', ...ofData)).toMatchObject({ exitCode: 2 })
  await served(ofData, async () => {
    const refused = await audit('rotate-key', ...ofData)
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('has it open') })
  })
  const [key, next] = [join(data, 'audit.key'), join(data, 'audit.key.next')]
  const keyOf = (path: string) => parseSigner(readFileSync(path, 'utf8').trim())?.verifier.text ?? ''
  const oldest = keyOf(key)

  // Broken off before the log was handed over: the key that was made is the one that is taken.
  const name = oldest.split('+')[0] ?? ''
  writeFileSync(next, `${newSignerText(name)}\n`, { mode: 0o600 })
  const made = keyOf(next)
  await served(ofData)
  expect(keyOf(key)).toBe(oldest)
  const rotated = await audit('rotate-key', ...ofData)
  expect(rotated).toMatchObject({ exitCode: 0, stdout: `${made}\n` })
  expect([keyOf(key), keyOf(`${key}.previous`), existsSync(next)]).toEqual([made, oldest, false])

  // Broken off after it: the next start takes the new key, or the same command does.
  const undo = () => {
    renameSync(key, next)
    copyFileSync(`${key}.previous`, key)
  }
  undo()
  expect(await audit('verify', ...ofData)).toMatchObject({ exitCode: 0 })
  await served(ofData)
  expect([keyOf(key), existsSync(next)]).toEqual([made, false])
  undo()
  const ended = await audit('rotate-key', ...ofData)
  expect(ended).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('broken off is ended') })
  expect([keyOf(key), existsSync(next)]).toEqual([made, false])

  const second = await audit('rotate-key', ...ofData)
  for (const trusted of [oldest, made, second.stdout.trim()]) {
    const verified = await audit('verify', ...ofData, '--key', trusted, '--heads', heads)
    expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('signed with 3 keys') })
    expect(verified.stdout).toContain('trust: external')
  }
  const deeds = (await audit('query', '--action', 'audit.rotate-key', ...ofData)).stdout.trim().split('\n')
  expect(deeds.map((line) => JSON.parse(line))).toMatchObject([
    { outcome: 'success', detail: { from: made, to: keyOf(key) } },
    { outcome: 'success', detail: { from: oldest, to: made } },
  ])
  expect((await audit('rotate-key', '--to', join(folder, 'x'), ...ofData)).stderr).toContain('--to goes with')
})

test('audit rotate-key --to makes the next AGENTCHAT_AUDIT_KEY', async () => {
  const ofData = ['--data-dir', join(folder, 'environment')]
  const old = { AGENTCHAT_AUDIT_KEY: newSignerText('agentchat-sandbox/environment') }
  await served(ofData, undefined, old)
  const rotate = async (...args: string[]) =>
    await command(['audit', 'rotate-key', ...args, ...ofData], { env: { ...env, ...old } })
  expect((await rotate()).stderr).toContain('say with --to which file')
  const foreign = join(folder, 'foreign.key')
  writeFileSync(foreign, 'something else', { mode: 0o600 })
  expect((await rotate('--to', foreign)).stderr).toContain('holds no key')
  expect(readFileSync(foreign, 'utf8')).toBe('something else')
  const to = join(folder, 'new.key')
  const { exitCode, stdout } = await rotate('--to', to)
  expect(exitCode).toBe(0)
  // Once more: it is done.
  expect(await rotate('--to', to)).toMatchObject({ exitCode: 0, stdout })
  const refused = await start(['serve', '--port', '0', ...ofData], { env: { ...env, ...old } }).outcome
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('it is signed with') })
  await served(ofData, undefined, { AGENTCHAT_AUDIT_KEY: readFileSync(to, 'utf8').trim() })
})
