import { expect, test } from 'vitest'
import { programTestWith } from '../fixtures/program-sandbox.ts'

/** Its thread needs what is built. */
const BUILT = new URL('../../build/sandbox/index.js', import.meta.url).href

const MIB = 2 ** 20
const programTest = programTestWith({ pool: { min: 1, max: 1 }, maxOutputBytes: 20 * MIB })

programTest('toText() of 10 MB of output is within its budget, with head and tail', async ({ sandbox }) => {
  const code = 'print("first")\nprint("x" * (10 << 20))\nprint("last")\nprint(undefined_name)'
  const result = await sandbox.execute(code)
  const text = result.toText()
  expect(text.length).toBeLessThanOrEqual(10_000)
  expect(text).toMatch(/^status: error \(exception\)/)
  expect(text).toContain('```\nfirst\nxxx')
  expect(text).toContain('xxx\nlast\n```')
  expect(text).toContain('error (line 4): NameError')
  expect(text).toMatch(/hint: .*undefined_name/)
  expect(result.toMarkdown()).toMatch(/^\*\*Error\*\* \(exception, line 4\)/)
})

test('a result of the blocking sandbox has toText() and toMarkdown(), too', async () => {
  const { SyncPyodideSandbox } = (await import(BUILT)) as typeof import('../../src/sandbox/index.ts')
  const sandbox = new SyncPyodideSandbox({ pool: { min: 0, max: 1 } })
  try {
    const result = sandbox.execute('print("hi")\n40 + 2')
    expect(result.toText()).toMatch(/^status: success after .* s\nresult: 42\nstdout:\n```\nhi\n```$/)
    expect(result.toMarkdown()).toContain('**Success**')
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  } finally {
    sandbox.close()
  }
})
