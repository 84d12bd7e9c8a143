// Loaded into the service under attack by `node --import`. Tells over a local socket how long the event loop was held, and
// what the process takes. Nothing of the product knows of it.
import { openSync, readSync } from 'node:fs'
import { createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

const PERIOD_MS = 10
const MIB = 2 ** 20

const path = process.env.ESCAPES_GAUGE
// A process that the service starts inherits `--import`, and must not answer in its place.
delete process.env.ESCAPES_GAUGE
if (isMainThread && path !== undefined) answerOn(path)

/** @param {string} path */
function answerOn(path) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const watch = watchLoop()
  const answers = {
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
      socket.write(`${JSON.stringify({ pid: process.pid, ...answers[String(line).trim()]() })}\n`)
    })
  })
  server.listen(path).unref()
}

function memoryOf() {
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rssMib: rss / MIB, liveMib: (heapUsed + external) / MIB }
}

/**
 * The longest time between two turns of the loop that this thread computed for: on a busy machine it also waits for a
 * processor, which is not of the service. Where the kernel does not tell, all of the time counts.
 */
function watchLoop() {
  const used = usedMs()
  let last = used()
  let heldMs = 0
  const look = () => {
    const now = used()
    heldMs = Math.max(heldMs, now - last)
    last = now
  }
  setInterval(look, PERIOD_MS).unref()
  return {
    reset() {
      last = used()
      heldMs = 0
    },
    seen() {
      look()
      return { heldMs }
    },
  }
}

/** The time that the main thread has computed, which the first field says. */
function usedMs() {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
    const bytes = Buffer.alloc(128)
    return () => {
      const length = readSync(file, bytes, 0, bytes.length, 0)
      return Number(bytes.toString('latin1', 0, length).split(' ')[0]) / 1e6
    }
  } catch {
    return () => performance.now()
  }
}
