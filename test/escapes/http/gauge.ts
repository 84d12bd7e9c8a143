// Loaded into the service under attack by `node --import`. Tells over a local socket how long the event loop was held, and
// what the process takes. Nothing of the product knows of it.
import { createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'
import { type ThreadTimes, threadTimes } from './thread-times.ts'

const PERIOD_MS = 10
const MIB = 2 ** 20
/** What the work that is measured takes on a processor of 3 GHz. */
const WORK_MS = 2.2
const WORK_STEPS = 1_000_000

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
  let last = times()
  let first = last
  let heldMs = 0
  let slowness = 1
  const look = () => {
    const now = times()
    heldMs = Math.max(heldMs, now.usedMs - last.usedMs)
    last = now
  }
  setInterval(look, PERIOD_MS).unref()
  return {
    reset() {
      slowness = slownessNow(times)
      first = times()
      last = first
      heldMs = 0
    },
    seen() {
      look()
      slowness = Math.max(slowness, slownessNow(times))
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
  let hash = 1
  for (let step = 0; step < WORK_STEPS; step += 1)
    hash = (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + step) | 0
  // What is not used is not computed.
  return times().usedMs - before + (hash === 0 ? 1 : 0)
}
