// Another user, in a thread of its own: reads `/healthz` all the time and runs `print(1)`, and tells how long each took.
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Sample } from './judge.ts'

const READ_EVERY_MS = 100
/** A worker that was used is replaced: one that follows at once waits for that, with or without an attack. */
const RUN_EVERY_MS = 1000
const HANGS_MS = 120_000
const BODY = JSON.stringify({ code: 'print(1)' })

const { url, key, session }: { url: string; key: string; session: string } = workerData
const agent = new Agent({ keepAlive: true })
let samples: Sample[] = []
const running = new Set<{ readonly what: string; readonly started: number }>()
parentPort?.on('message', (order: 'begin' | 'end') => {
  if (order === 'begin') samples = []
  else parentPort?.postMessage([...samples, ...unanswered()])
})

void runs()
for (;;) {
  void noted('healthz', 'GET', '/healthz')
  await sleep(READ_EVERY_MS)
}

async function runs(): Promise<never> {
  for (;;) {
    await noted('print(1)', 'POST', '/api/v1/executions')
    await noted('print(1) in a session', 'POST', `/api/v1/sessions/${session}/executions`)
    await sleep(RUN_EVERY_MS)
  }
}

/** What waits for its answer: counts as what it has waited. */
function unanswered(): Sample[] {
  const now = performance.now()
  return [...running].map(({ what, started }) => ({ what, status: 200, ms: now - started }))
}

async function noted(what: string, method: string, path: string): Promise<void> {
  const request = { what, started: performance.now() }
  running.add(request)
  const status = await sent(method, path)
  running.delete(request)
  samples.push({ what, status, ms: performance.now() - request.started })
}

/** The status, or 0. */
function sent(method: string, path: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return new Promise((resolve) => {
    const outgoing = request(`${url}${path}`, { agent, method, headers, timeout: HANGS_MS }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0)).on('error', () => resolve(0))
    })
    outgoing.on('timeout', () => outgoing.destroy()).on('error', () => resolve(0))
    outgoing.end(method === 'POST' ? BODY : undefined)
  })
}
