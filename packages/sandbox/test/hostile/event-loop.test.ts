import { expect } from 'vitest'
import { MAX_HELD_MS, watched } from '../../../../test/fixtures/event-loop.ts'
import { sandboxTest } from '../fixtures/sandbox.ts'

sandboxTest('execute() is not held up by a display of millions of small lists', async ({ sandbox }) => {
  await sandbox.execute('1')
  const code = `display({'application/json': [[[]]] * 1_600_000}, raw=True)\n7`
  const { value, heldMs } = await watched(() => sandbox.execute(code, { timeoutSeconds: 60 }))
  expect(value).toMatchObject({ status: 'success', result: 7 })
  expect(value.displays[0]?.data).toMatch(/left out/)
  expect(heldMs).toBeLessThan(MAX_HELD_MS)
})

sandboxTest('execute() is not held up by a result of many small lists, which is cut', async ({ sandbox }) => {
  await sandbox.execute('1')
  const { value, heldMs } = await watched(() => sandbox.execute('[[]] * 349_000'))
  expect(value).toMatchObject({ status: 'success', truncated: { result: true } })
  expect(heldMs).toBeLessThan(MAX_HELD_MS)
  const large = await sandbox.execute('[[1, 2, 3]] * 50_000 + [{str(n): n for n in range(10_000)}]')
  expect(large.truncated.result).toBe(false)
  expect(large.result).toHaveLength(50_001)
})

sandboxTest('execute() is not held up by globals of a million small lists', async ({ sandbox }) => {
  await sandbox.execute('1')
  const lists = JSON.parse(`[${Array(600_000).fill('[[]]').join(',')}]`)
  const { value, heldMs } = await watched(() => sandbox.execute('len(lists)', { globals: { lists } }))
  expect(value.result).toBe(600_000)
  expect(heldMs).toBeLessThan(2 * MAX_HELD_MS)
})

sandboxTest('execute() refuses globals that are nested deeper than JSON is read', async ({ sandbox }) => {
  const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
  expect((await sandbox.execute('1', { globals: { a: nested(150) } })).status).toBe('success')
  const loop: unknown[] = []
  loop.push(loop, loop)
  for (const [value, problem] of [
    [nested(3000), /"a" is nested deeper than 200/],
    [loop, /"a" is nested deeper|"a" holds more than/],
    [new Date(), /"a" must be a JSON value/],
    [[Number.NaN], /"a" must be a JSON value/],
    [[undefined], /"a" must be a JSON value/],
  ] as const) {
    const refused = await sandbox.execute('1', { globals: { a: value } as never }).catch((error) => error)
    expect(refused.code).toBe('invalid-options')
    expect(refused.message).toMatch(/globals\.a/)
    expect(refused.message).toMatch(new RegExp(problem.source.replaceAll('"a" ', '')))
  }
})
