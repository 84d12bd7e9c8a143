// Loaded into the service under attack by `node --import`. Tells over a local socket how long the event loop was held, and
// what the process takes. Nothing of the product knows of it.
import { createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'
import { type ThreadTimes, threadTimes } from './thread-times.ts'

const PERIOD_MS = 10
const MIB = 2 ** 20
/**
 * What the work that is measured takes on a processor of 3 GHz that nobody else is at. It parses and makes objects, as a
 * service does: plain arithmetic does not feel who else is at the caches and at the other half of the core.
 */
const WORK_MS = 3.6
const WORK_REPEATS = 5
const WORK = JSON.stringify(
  Array.from({ length: 400 }, (_, n) => ({
    ...{ id: n, name: `name ${n}`, in: 'query', tags: ['a', 'b', `${n}`] },
    deep: { x: n / 3, y: null },
  })),
)
/** How often the work is measured while attacks run. */
const SAMPLE_MS = 200

const path = process.env.ESCAPES_GAUGE
// A process that the service starts inherits `--import`, and must not answer in its place.
delete process.env.ESCAPES_GAUGE
if (isMainThread && path !== undefined) answerOn(path)

function answerOn(path: string): void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const watch = watchLoop()
  const answers: Readonly<Record<string, () => object>> = {
    begin() {
      collect()
      const memory = memoryOf()
      watch.reset()
      return memory
    },
    held: watch.seen,
    memory() {
      collect()
      return memoryOf()
    },
  }
  const server = createServer((socket) => {
    socket.setEncoding('utf8').on('error', () => {})
    socket.on('data', (line) => {
      const answer = answers[String(line).trim()]?.()
      socket.write(`${JSON.stringify({ pid: process.pid, ...answer })}\n`)
    })
  })
  server.listen(path).unref()
}

function memoryOf(): { readonly rssMib: number } {
  return { rssMib: process.memoryUsage.rss() / MIB }
}

/**
 * The longest time between two turns of the loop that this thread computed for: on a busy machine it also waits for a
 * processor, which is not of the service. How much slower than a processor of 3 GHz this one is, and how much longer than
 * it computed the thread took, because others had the processor, is measured beside it.
 */
function watchLoop() {
  const times = threadTimes()
  // Code that has not run yet is slower than the machine.
  for (let warming = 0; warming < 10; warming += 1) workMs(times)
  let last = times()
  let first = last
  let heldMs = 0
  let slowness = 1
  let samples: number[] = []
  let sampledMs = performance.now()
  const look = () => {
    heldMs = Math.max(heldMs, times().usedMs - last.usedMs)
    if (performance.now() - sampledMs >= SAMPLE_MS) {
      samples.push(workMs(times) / WORK_MS)
      sampledMs = performance.now()
    }
    last = times()
  }
  setInterval(look, PERIOD_MS).unref()
  return {
    reset() {
      slowness = slownessNow(times)
      first = times()
      last = first
      heldMs = 0
      samples = []
    },
    seen() {
      look()
      slowness = Math.max(slowness, slownessNow(times), median(samples))
      const usedMs = last.usedMs - first.usedMs
      const starved = usedMs === 0 ? 1 : 1 + (last.waitedMs - first.waitedMs) / usedMs
      last = times()
      return { heldMs, slowness, starved }
    },
  }
}

/** The best of some tries: each may be disturbed. */
function slownessNow(times: () => ThreadTimes): number {
  let bestMs = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 3; tries += 1) bestMs = Math.min(bestMs, workMs(times))
  return Math.max(1, bestMs / WORK_MS)
}

function workMs(times: () => ThreadTimes): number {
  const before = times().usedMs
  let chars = 0
  for (let repeat = 0; repeat < WORK_REPEATS; repeat += 1) {
    const named = new Map<string, object>()
    for (const each of JSON.parse(WORK)) named.set(each.name, { ...each })
    chars += JSON.stringify([...named.values()]).length
  }
  // What is not used is not computed.
  return times().usedMs - before + (chars === 0 ? 1 : 0)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1
}
