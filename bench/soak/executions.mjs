// Starts a pool of one, executes so many times, each from a pool at rest, and ends.
// node executions.mjs <count>
import { setTimeout as sleep } from 'node:timers/promises'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'

/** Longer than a worker takes to start, to warm up twice and to come to rest. */
const REST_MS = 2000

const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
await sandbox.start()
await sleep(REST_MS)
for (let left = Number(process.argv[2]); left > 0; left--) {
  const { stdout } = await sandbox.execute('print(1)')
  if (stdout !== '1\n') throw new Error(`Cannot measure: ${JSON.stringify(stdout)}`)
  await sleep(REST_MS)
}
await sandbox.close()
