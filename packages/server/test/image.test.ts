import { join } from 'node:path'
import { strToU8 } from 'fflate'
import { afterAll, expect, test } from 'vitest'
import { cacheWithBase } from '../../sandbox/test/fixtures/cache.ts'
import { command as sandboxCommand } from '../../sandbox/test/fixtures/command.ts'
import { folderWith, makeWheel } from '../../sandbox/test/fixtures/wheels.ts'
import { scratchFolder, start } from './fixtures/command.ts'
import type { AnswerBody } from './service/fixtures/answer-body.ts'

const { folder } = scratchFolder()
const cache = cacheWithBase()
const wheels = folderWith([
  makeWheel({ name: 'alpha', requires: ['beta'] }),
  makeWheel({ name: 'beta', files: { 'beta.py': strToU8('def twice(n): return 2 * n\n') } }),
])
afterAll(() => {
  cache[Symbol.dispose]()
  wheels[Symbol.dispose]()
})
const env = { AGENTCHAT_CACHE_DIR: cache.path, AGENTCHAT_OFFLINE: '1' }
const PASSWORD = 'a password of the admin'

/** A service with this image, and what asks it as its administrator. */
async function serve(image: string) {
  const flags = ['serve', '--port', '0', '--data-dir', join(folder, 'data'), '--image', image]
  const running = start(flags, { env: { ...env, AGENTCHAT_ADMIN_PASSWORD: PASSWORD } })
  let stdout = ''
  running.child.stdout?.on('data', (text: string) => {
    stdout += text
  })
  await running.printed('listens on')
  const url = `${/listens on (\S+)/.exec(stdout)?.[1]}/api/v1`
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ email: 'admin@localhost.local', password: PASSWORD })
  const signedIn = await fetch(`${url}/auth/sign-in`, { method: 'POST', headers, body })
  const cookie = signedIn.headers.getSetCookie().map((text) => text.split(';', 1)[0])
  const ask = async (method: string, path: string, sent?: object) => {
    const init = { method, headers: { ...headers, cookie: cookie.join('; ') } }
    const answer = await fetch(`${url}/${path}`, { ...init, ...(sent && { body: JSON.stringify(sent) }) })
    return (await answer.json()) as AnswerBody
  }
  const end = async () => {
    running.child.kill('SIGTERM')
    return await running.outcome
  }
  return { ask, end }
}

test('code starts from the image of the service: alone, in sessions, in batches, also after a new start', async () => {
  const flags = ['--name', 'data', '--packages', 'alpha', '--wheels', wheels.path]
  expect(await sandboxCommand(['image', 'build', ...flags], { env })).toMatchObject({ exitCode: 0 })
  const first = await serve('data')
  expect(await first.ask('GET', 'limits')).toMatchObject({ packages: ['alpha'] })
  const code = 'import sys, beta\n("alpha" in sys.modules, beta.twice(21))'
  const { id: executionId, result } = await first.ask('POST', 'executions', { code })
  expect(result.resultText).toBe('(True, 42)')
  const { items } = await first.ask('GET', `audit?resourceId=${executionId}`)
  expect(JSON.stringify(items)).toContain('"image":"data"')
  expect(await first.ask('POST', 'executions?dryRun=true', { code: 'import alpha, gamma' })).toMatchObject({
    imports: [
      { module: 'alpha', where: 'image' },
      { module: 'gamma', where: 'missing' },
    ],
  })
  const programs = ['import alpha; assert alpha.version == "1.0"', 'import beta; assert beta.twice(1) == 2']
  expect(await first.ask('POST', 'batches', { programs })).toMatchObject({ done: 2, succeeded: 2 })
  const { id } = await first.ask('POST', 'sessions', { name: 'kept' })
  await first.ask('POST', `sessions/${id}/executions`, { code: 'import alpha\nx = alpha.version' })
  expect((await first.end()).exitCode).toBe(0)

  const again = await serve('data')
  const woken = await again.ask('POST', `sessions/${id}/executions`, { code: 'alpha.version == x' })
  expect(woken.result.resultText).toBe('True')
  await again.end()

  // Without its packages the state cannot be woken, and says so; nothing of it is lost.
  const without = await serve('base')
  expect(await without.ask('GET', 'limits')).toMatchObject({ packages: [] })
  const refused = await without.ask('POST', `sessions/${id}/executions`, { code: 'x' })
  expect(JSON.stringify(refused)).toContain('another version of Python or its packages')
  await without.end()
  const back = await serve('data')
  expect(await back.ask('POST', `sessions/${id}/executions`, { code: 'x' })).toMatchObject({
    result: { resultText: "'1.0'" },
  })
  await back.end()
}, 240_000)
