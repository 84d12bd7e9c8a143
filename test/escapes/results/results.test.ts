import { afterAll, beforeAll, expect, test } from 'vitest'
import { PyodideSandbox } from '../../../packages/sandbox/src/sandbox/index.ts'
import { expectHeld } from '../held.ts'
import { CASES } from './cases.ts'

/** What is held by nature is held each time; what a busy machine adds is not. */
const RETRY = 2

const sandbox = new PyodideSandbox({ pool: { min: 2, max: 2 }, timeoutSeconds: 60 })
const run = (code: string) => sandbox.execute(code, { stdin: () => 'line' })

beforeAll(async () => {
  // All that takes part is loaded, and its functions are compiled.
  for (let times = 0; times < 3; times++)
    await run(
      'open("a", "w").write("x"); display({"text/html": "x" * 100_000}, raw=True); input(); [[]] * 1000',
    )
})
afterAll(() => sandbox.close())

test.each(CASES)('$name is held by nobody but its result', { retry: RETRY }, async (each) => {
  const { code, expected, fileBytes = 0 } = each
  const result = await expectHeld(() => run(code))
  expect(result).toMatchObject(expected)
  expect('polluted' in {}).toBe(false)
  const kept = result.files.reduce((sum, { size, sha256 }) => sum + (sha256 === null ? 0 : size), 0)
  expect(kept).toBeLessThanOrEqual(fileBytes + 1000)
  const texts = await expectHeld(async () => [result.toText(), result.toMarkdown()])
  expect(texts[0]?.length).toBeLessThanOrEqual(10_000)
  expect(await run('40 + 2')).toMatchObject({ status: 'success', result: 42 })
})
