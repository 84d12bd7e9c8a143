import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { InvalidOptionsError, PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-bad-grants-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))
mkdirSync(join(root, 'safe'))
writeFileSync(join(root, 'secret'), '')
symlinkSync('/proc', join(root, 'safe', 'kernel'))
symlinkSync('/', join(root, 'safe', 'everything'))
symlinkSync('nowhere', join(root, 'safe', 'dangling'))
const at = (path: string) => join(root, path)

/** What is wrong with each option, as the constructor tells it. */
function problemsOf(options: SandboxOptions): { path: string; problem: string }[] {
  try {
    new PyodideSandbox(options)
  } catch (error) {
    if (error instanceof InvalidOptionsError) return [...error.problems]
    throw error
  }
  return []
}

// Each entry is refused before anything is started, and said back with the reason.
test.each<[Exclude<keyof SandboxOptions, symbol>, string, string]>([
  ['allowRead', '/safe,/', 'a comma'],
  ['allowRead', '', 'is empty'],
  ['allowRead', 'relative/../..', 'goes up with ".."'],
  ['allowRead', at('missing'), 'does not exist'],
  ['allowRead', at('safe/dangling'), 'does not exist'],
  ['allowRead', at('safe/*'), 'wildcards are not expanded'],
  ['allowRead', `${root}/safe\0/../secret`, 'a control character'],
  ['allowRead', at('safe/everything'), 'the whole file system'],
  ['allowRead', at('safe/kernel'), 'the kernel'],
  ['allowRead', '/proc/self/environ', 'the kernel'],
  ['allowWrite', '/safe,/', 'a comma'],
  ['allowWrite', '', 'is empty'],
  ['allowWrite', at('missing'), 'does not exist'],
  ['allowEnv', '', 'is empty'],
  ['allowEnv', 'HOME,PATH', 'a comma'],
  ['allowEnv', 'AWS_*', 'a wildcard'],
  ['allowNet', '', 'is empty'],
  ['allowNet', 'a.example,b.example', 'a comma'],
  ['allowNet', 'example.com\0.evil.example', 'a control'],
  ['allowNet', '*.example.com', 'a wildcard'],
  ['allowNet', '2130706433', '127.0.0.1'],
  ['allowNet', '0177.0.0.1', '127.0.0.1'],
  ['allowNet', 'xn--a.example', 'not a valid host name'],
])('%s: [%j] is refused: %s', (option, entry, reason) => {
  const problems = problemsOf({ [option]: [entry] })
  expect(problems).toEqual([{ path: `${option}[0]`, problem: expect.stringContaining(reason) }])
  // What a terminal would act on is not printed as it is.
  expect(problems[0]?.problem).not.toMatch(/\p{Cc}/u)
})

test('one bad entry among good ones refuses all of it', () => {
  expect(problemsOf({ allowRead: [at('safe'), `${at('safe')},/`] })).toHaveLength(1)
})

test.each<[SandboxOptions, string]>([
  [{ allowRead: [] }, 'read'],
  [{ allowWrite: [] }, 'write'],
  [{ allowEnv: [] }, 'env'],
])('%j grants nothing', async (options, kind) => {
  await using sandbox = new PyodideSandbox({ ...options, pool: { min: 0, max: 1 } })
  const code = `import os\nos.path.exists(path), 'PATH' in os.environ`
  const { result, permissions } = await sandbox.execute(code, { globals: { path: at('secret') } })
  expect(result).toEqual([false, false])
  expect(permissions.granted[kind as 'read']).toEqual([])
})
