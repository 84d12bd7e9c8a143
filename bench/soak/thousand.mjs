// 1,000 executions in a row. Prints as JSON how much the host grew and what it still has after close().
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { openDescriptors, processesThatMention } from '../proc.mjs'

const EXECUTIONS = 1000
const SAMPLE_EVERY = 50
const MB = 1e6
/** What is gone after it was only late. */
const GRACE_MS = 1000

// The guardian and its pipe stay as long as the process: they are there before the count begins.
const first = new PyodideSandbox({ pool: { min: 1, max: 1 } })
await first.execute('print(0)')
await first.close()
const mine = `agentchat-sandbox-${process.pid}-`
const before = { descriptors: openDescriptors(), processes: processesThatMention(mine) }

const sandbox = new PyodideSandbox({ pool: { min: 1, max: 2 } })
await sandbox.execute('print(0)')
const rssMb = [process.memoryUsage.rss() / MB]
const started = performance.now()
let failed = 0
for (let index = 1; index <= EXECUTIONS; index++) {
  const { stdout } = await sandbox.execute(`print(${index})`)
  if (stdout !== `${index}\n`) failed += 1
  if (index % SAMPLE_EVERY === 0) {
    rssMb.push(process.memoryUsage.rss() / MB)
    process.stderr.write(`bench: ${index} of ${EXECUTIONS}\n`)
  }
}
const seconds = (performance.now() - started) / 1000
await sandbox.close()
const growthMb = (rssMb.at(-1) ?? Number.NaN) - (rssMb[0] ?? Number.NaN)
const late = whatIsLeft()
await sleep(GRACE_MS)
console.log(JSON.stringify({ growthMb, rssMb, seconds, failed, late, left: whatIsLeft() }))

function whatIsLeft() {
  const files = readdirSync(tmpdir())
    .filter((name) => name.startsWith(mine))
    .flatMap((name) => readdirSync(join(tmpdir(), name)))
  const descriptors = openDescriptors().length - before.descriptors.length
  const processes = processesThatMention(mine).filter((pid) => !before.processes.includes(pid))
  return [
    ...processes.map((pid) => `process ${pid}`),
    ...files.map((name) => `temporary file ${name}`),
    ...Array.from({ length: Math.max(0, descriptors) }, () => 'descriptor'),
  ]
}
