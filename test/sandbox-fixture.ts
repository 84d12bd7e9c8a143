import { test } from 'vitest'
import { PyodideSandbox } from '../src/sandbox/index.ts'

/** A test with a sandbox of the default options, whose pool is shared by the file. */
export const sandboxTest = test.extend<object, { sandbox: PyodideSandbox }>({
  sandbox: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest finds fixtures by the names in this pattern.
    async ({}, use) => {
      const sandbox = new PyodideSandbox({ pool: { min: 1, max: 2 } })
      await use(sandbox)
      await sandbox.close()
    },
    { scope: 'file' },
  ],
})
