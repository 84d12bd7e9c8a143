import { PyodideSandbox } from '../../sandbox/index.ts'
import { type Finding, fail, ok } from './check.ts'

const PROGRAM = `
import sys
print("hello")
sys.version.split()[0]
`

/** Does a real program run, from start to result? */
export async function lookAtExecution(cacheDir: string): Promise<Finding> {
  await using sandbox = new PyodideSandbox({ cacheDir, pool: { min: 0, max: 1 } })
  const started = performance.now()
  const { result, stdout, error } = await sandbox.execute(PROGRAM, { timeoutSeconds: 30 })
  const ms = Math.round(performance.now() - started)
  if (error !== null) return fail(`a program failed: ${error.kind}: ${error.message}`, null)
  if (stdout !== 'hello\n') return fail(`a program printed ${JSON.stringify(stdout)}, not "hello"`, null)
  return ok(`Python ${String(result)} ran a program, in ${ms} ms with its start`)
}
