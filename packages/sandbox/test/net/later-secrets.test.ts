import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareImage, start } from '../fixtures/command.ts'
import { echoSecrets, expectHidden } from '../fixtures/echo-secrets.ts'
import { tlsFile } from '../fixtures/net-server.ts'

const main = fileURLToPath(new URL('../fixtures/later-secrets.mjs', import.meta.url))
const echo = await echoSecrets()
beforeAll(prepareImage)
afterAll(() => echo.close())

test('secrets in a batch are those of each program; a fork and a session that went back have those of the session', async () => {
  const values = ['sb-4f9aKx71QwErTy', 'ss-9dK3mVqPz8WxJr', 'pr-7Hq2Lw9ZpXvc3B', 'ex-2bN8yHs5CfUeRi'] as const
  const [ofSandbox, ofSession, ofProgram, ofExecution] = values
  const env = { NODE_EXTRA_CA_CERTS: tlsFile('ca.pem') }
  const { stdout, stderr } = await start([String(echo.port), ...values], { main, env }).outcome
  expect(stderr).toBe('')
  for (const value of values) expectHidden(value, stdout)
  const { batch, sessions } = JSON.parse(stdout)
  const used = (...names: string[]) => names.map((name) => `${name} at localhost:${echo.port}`)
  const told = (result: readonly string[], ...names: string[]) =>
    expect.objectContaining({ error: null, result, used: used(...names) })
  expect(batch).toEqual([
    told(['API_KEY', 'STALE_KEY'], 'API_KEY'),
    told(['API_KEY', 'OWN_KEY'], 'API_KEY', 'OWN_KEY'),
    told(['API_KEY'], 'API_KEY'),
    // It knows a placeholder of the second one, which stands for nothing any more.
    told(['API_KEY']),
  ])
  const [one, own, ...later] = sessions
  expect([one, own]).toEqual([told(['API_KEY'], 'API_KEY'), told(['API_KEY', 'OWN_KEY'], 'OWN_KEY')])
  expect(later).toEqual(Array.from({ length: 3 }, () => told(['API_KEY'], 'API_KEY')))

  const placeholder = expect.stringMatching(/^acssecret[0-9a-f]{40}$/)
  expect(echo.seen.map(({ authorization }) => authorization.replace('Bearer ', ''))).toEqual([
    ...[ofSandbox, ofProgram, ofExecution, ofSandbox, placeholder],
    ...[ofSession, ofExecution],
    // In the fork, in the session, and in what it went back to: the placeholder of one execution is none of later ones.
    ...[ofSession, ofSession, placeholder, ofSession, ofSession, placeholder, ofSession, ofSession],
  ])
})
