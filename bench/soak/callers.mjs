// 128 callers at once on two workers. Prints as JSON what became of them and how much the host grew.
// node callers.mjs <maxQueue>
import { setTimeout as sleep } from 'node:timers/promises'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'

const CALLERS = 128
const DEADLINE_MS = 180_000
const MB = 1e6

const maxQueue = Number(process.argv[2])
const sandbox = new PyodideSandbox({ pool: { min: 1, max: 2, maxQueue } })
await sandbox.execute('print(1)')
await sleep(1000)
const before = process.memoryUsage.rss()
let peak = before
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 50)
const started = performance.now()
const hanging = sleep(DEADLINE_MS, 'hanging', { ref: false })
const outcomes = await Promise.all(
  Array.from({ length: CALLERS }, (_, index) => Promise.race([call(index), hanging])),
)
const seconds = (performance.now() - started) / 1000
clearInterval(watch)
const count = (outcome) => outcomes.filter((each) => each === outcome).length
const counts = Object.fromEntries(
  ['answered', 'refused', 'hanging', 'wrong'].map((each) => [each, count(each)]),
)
console.log(JSON.stringify({ ...counts, growthMb: (peak - before) / MB, seconds }))
await sandbox.close()

/** @param {number} index */
async function call(index) {
  try {
    const { stdout } = await sandbox.execute(`print(${index})`)
    return stdout === `${index}\n` ? 'answered' : 'wrong'
  } catch (error) {
    return error.code === 'queue-full' ? 'refused' : 'wrong'
  }
}
