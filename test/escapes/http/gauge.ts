// Loaded into the service under attack by `node --import`. Tells over a local socket how long the event loop was held, and
// what the process takes. Nothing of the product knows of it.
import { createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'
import { Slowness } from '../slowness.ts'
import { threadTimes } from '../thread-times.ts'

const PERIOD_MS = 10
const MIB = 2 ** 20
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
  const slowness = new Slowness(times)
  let last = times()
  let first = last
  let heldMs = 0
  const look = () => {
    heldMs = Math.max(heldMs, times().usedMs - last.usedMs)
    slowness.look()
    last = times()
  }
  setInterval(look, PERIOD_MS).unref()
  return {
    reset() {
      slowness.reset()
      first = times()
      last = first
      heldMs = 0
    },
    seen() {
      look()
      const slower = slowness.seen()
      const usedMs = last.usedMs - first.usedMs
      const starved = usedMs === 0 ? 1 : 1 + (last.waitedMs - first.waitedMs) / usedMs
      last = times()
      return { heldMs, slowness: slower, starved }
    },
  }
}
