import { expect, test } from 'vitest'
import { runToEnd } from './run-to-end.ts'

const never = new AbortController().signal
const node = (script: string) => ({ path: process.execPath, args: ['-e', script], env: {} })
const HOLDS = 'const held = Buffer.alloc(300 * 2 ** 20, 1); setTimeout(() => held, 60_000)'

test.runIf(process.platform === 'linux')(
  'runToEnd() kills a process that holds too much memory',
  async () => {
    const bounds = { deadlineMs: 50_000, memoryBytes: 200 * 2 ** 20 }
    expect(await runToEnd(node(HOLDS), bounds, never)).toMatchObject({ exitCode: null, tooLarge: true })
    expect(await runToEnd(node('1'), bounds, never)).toMatchObject({ exitCode: 0, tooLarge: false })
  },
)

test('runToEnd() kills a process at its deadline', async () => {
  const bounds = { deadlineMs: 300, memoryBytes: 2 ** 40 }
  expect(await runToEnd(node(HOLDS), bounds, never)).toMatchObject({ exitCode: null, tooLarge: false })
})
