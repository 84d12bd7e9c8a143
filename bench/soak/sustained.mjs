// So many callers, each with the next execution as soon as it has the last result, for so many executions in all. Prints as
// JSON how long they took.
// node sustained.mjs <callers> <executions>
import { availableParallelism } from 'node:os'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'

const [callers, executions] = process.argv.slice(2).map(Number)
const sandbox = new PyodideSandbox({ pool: { min: 1, max: Math.min(callers, availableParallelism()) } })
await sandbox.execute('print(1)')
let left = executions
const started = performance.now()
await Promise.all(Array.from({ length: callers }, call))
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000 }))
await sandbox.close()

async function call() {
  while (left > 0) {
    left -= 1
    const { stdout } = await sandbox.execute('print(1)')
    if (stdout !== '1\n') throw new Error(`Cannot measure: ${JSON.stringify(stdout)}`)
  }
}
