import { existsSync, renameSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { host, ISOLATIONS, runsBehind } from '../fixtures/grants.ts'
import { program } from '../fixtures/program.ts'
import { JS } from '../fixtures/sandbox.ts'

describe.each(ISOLATIONS)('isolation "%s"', (isolation) => {
  const { run, value } = runsBehind(isolation)

  describe('allowEnv', () => {
    test('shows the granted variable, and no other one of the host', async () => {
      process.env.AGENTCHAT_GRANTED = 'yes, "quoted"\nand ü'
      process.env.AGENTCHAT_SECRET = 'no'
      const environ = await value({ allowEnv: ['AGENTCHAT_GRANTED', 'AGENTCHAT_UNSET'] }, 'dict(os.environ)')
      expect(environ).toEqual({
        HOME: '/workspace',
        LANG: 'C.UTF-8',
        AGENTCHAT_GRANTED: 'yes, "quoted"\nand ü',
      })
      expect(await value({ allowEnv: ['AGENTCHAT_SECRE'] }, 'dict(os.environ)')).toEqual({
        HOME: '/workspace',
        LANG: 'C.UTF-8',
      })
    })

    test('shows all of them for true, and JavaScript still none', async () => {
      process.env.AGENTCHAT_GRANTED = 'yes'
      const result = await run({ allowEnv: true }, 'os.environ["AGENTCHAT_GRANTED"], os.getenv("PATH")')
      expect(result.result).toEqual(['yes', process.env.PATH])
      const js = await run({ allowEnv: true }, `${JS}\njs("Deno.env.get('PATH')")`)
      expect(js.status).toBe('error')
    })
  })

  test('PermissionError names the option in its text, which is an ordinary one otherwise', async () => {
    const at = host({ 'data/file': 'x', secret: 's' })
    symlinkSync('../secret', at('data/out'))
    const results = await value({ allowRead: [at('data')] }, program('permissions/refusal-texts'), {
      d: at('data'),
    })
    expect(results).toEqual([
      [
        "Permission denied: 'new' (not granted: allowWrite)",
        "Permission denied: 'out' (not granted: allowRead)",
        "Permission denied: 'file' -> 'new' (not granted: allowWrite)",
      ],
      true,
      'Permission denied',
      'new',
      ['Permission denied'],
      "<class 'PermissionError'>",
      true,
      'new',
      'PermissionError: ',
      false,
    ])
  })

  test('permissions says what was used and what was refused while the code ran', async () => {
    const at = host({ 'data/in': 'x', 'out/': '' })
    const result = await run(
      { allowRead: [at('data')], allowWrite: [at('out')] },
      `read('${at('data/in')}'); write('${at('out/new')}', ''); attempt(lambda: write('${at('data/no')}', ''))`,
    )
    const { used, denied, granted } = result.permissions
    expect(granted).toMatchObject({ read: [at('data')], write: [at('out')], env: false })
    expect(used).toContainEqual({ kind: 'read', value: at('data/in'), count: expect.any(Number) })
    expect(used).toContainEqual({ kind: 'write', value: at('out/new'), count: expect.any(Number) })
    expect(denied).toEqual([{ kind: 'write', value: at('data/no'), count: expect.any(Number) }])
  })

  test('permissions is bounded, whatever the code asks for', async () => {
    const at = host({ 'data/': '' })
    const result = await run(
      { allowRead: [at('data')] },
      `for n in range(20_000): os.path.exists(d + '/' + str(n))`,
      {
        d: at('data'),
      },
    )
    expect(result.error).toBeNull()
    expect(result.permissions.used.length).toBe(1000)
  })
})

test('a folder that is replaced on the host while Python runs is not taken for what it was', async () => {
  const at = host({ 'data/sub/x': 'inside', 'other/x': 'secret' })
  await using sandbox = new PyodideSandbox({ allowRead: [at('data')], isolation: 'deno' })
  const code = `
import time
first = open(d + '/sub/x').read()
print('ready')
for _ in range(200):
    time.sleep(0.01)
    try: last = open(d + '/sub/x').read()
    except FileNotFoundError: continue
    except PermissionError: last = 'refused'; break
first, last`
  for await (const event of sandbox.stream(code, { globals: { d: at('data') } })) {
    if (event.type === 'stdout' && !existsSync(at('data/moved'))) {
      renameSync(at('data/sub'), at('data/moved'))
      symlinkSync('../other', at('data/sub'))
    }
    if (event.type === 'finished') expect(event.result.result).toEqual(['inside', 'refused'])
  }
})

test('the constructor refuses to grant the folders that the sandbox itself works with', () => {
  const at = host({ 'cache/': '' })
  const options = { cacheDir: at('cache') }
  expect(() => new PyodideSandbox({ ...options, allowRead: [at('.')] })).toThrow("the sandbox's own")
  expect(() => new PyodideSandbox({ ...options, allowWrite: [at('cache')] })).toThrow("the sandbox's own")
  expect(() => new PyodideSandbox({ ...options, allowWrite: ['packages/sandbox/src'] })).toThrow(
    "the sandbox's own",
  )
  expect(() => new PyodideSandbox({ ...options, allowRead: ['/lib'] })).toThrow('its own library')
})
