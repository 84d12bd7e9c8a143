import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { command, type Outcome } from '../fixtures/command.ts'
import { folderWith } from '../fixtures/wheels.ts'

const root = folderWith()
const store = join(root.path, 'store')
afterAll(() => root[Symbol.dispose]())

const sandbox = new PyodideSandbox({ sessionStore: store, pool: { min: 0, max: 1 } })
beforeAll(async () => {
  for (const [id, owner] of [
    ['Ada-1', 'ann'],
    ['b', null],
  ] as const) {
    const session = sandbox.session({ id, owner })
    await session.execute('x = 1; names = ["a"]')
    await session.close()
  }
})
afterAll(() => sandbox.close())

const session = (...args: string[]): Promise<Outcome> => command(['session', ...args])

test('session list and inspect show what is kept', async () => {
  const list = await session('list', '--store', store)
  expect(list).toMatchObject({ exitCode: 0, stderr: '' })
  expect(list.stdout).toMatch(
    /^ID +OWNER +SIZE +LAST KEPT\nAda-1 +ann +\d+ KB +20\S+Z\nb +- +\d+ KB +20\S+Z\n$/,
  )
  const ofAnn = JSON.parse((await session('list', '--store', store, '--owner', 'ann', '--json')).stdout)
  expect(ofAnn).toMatchObject([{ id: 'Ada-1', metadata: { owner: 'ann' } }])
  expect((await session('inspect', '--store', store, 'b')).stdout).toMatch(
    /^id +b\nowner +-\n[\s\S]*names +x: int, names: list\n$/,
  )
})

test('session remove removes what is not open, and says what is wrong', async () => {
  const open = sandbox.session({ id: 'b' })
  await open.start()
  expect(await session('remove', '--store', store, 'b')).toMatchObject({
    exitCode: 70,
    stderr: expect.stringContaining(`it is open in process ${process.pid}`),
  })
  await open.close()
  expect(await session('remove', '--store', store, 'b')).toEqual({
    exitCode: 0,
    stdout: 'removed session "b"\n',
    stderr: '',
  })
  expect(existsSync(join(store, 'session-b'))).toBe(false)
  for (const [args, message] of [
    [['inspect', '--store', store, 'b'], 'there is no session "b"'],
    [['remove', '--store', store, 'Ada-1', '--owner', 'bob'], 'there is no session "Ada-1" of "bob"'],
    [['remove', '--store', store, '../x'], 'must be 1 to 64 letters'],
    [['list', '--store', join(store, 'none')], 'there is no folder'],
    [['list'], '--store'],
  ] as const)
    expect(await session(...args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) })
})
