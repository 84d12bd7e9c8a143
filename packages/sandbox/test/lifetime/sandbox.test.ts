import { expect } from 'vitest'
import { sandboxTest } from '../fixtures/sandbox.ts'

sandboxTest('execute() gives output and the value of the last expression', async ({ sandbox }) => {
  const result = await sandbox.execute('import math\nprint("hi")\nmath.tau')
  expect(result).toMatchObject({ status: 'success', stdout: 'hi\n', stderr: '', error: null })
  expect(result.result).toBeCloseTo(2 * Math.PI)
})
