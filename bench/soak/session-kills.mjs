// Kills hosts and workers of kept sessions with SIGKILL at random moments. Prints as JSON what was lost.
// node session-kills.mjs <kills>
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { denoDescendants } from '../proc.mjs'

const HOST = fileURLToPath(new URL('session-host.mjs', import.meta.url))
const SESSIONS = 4
/** Executions take some 30 ms, and waking up some 100: every moment of both is met. */
const MAX_DELAY_MS = 500
const PROGRESS_DEADLINE_MS = 60_000

const store = mkdtempSync(join(tmpdir(), 'agentchat-soak-store-'))
/** The last value that the host was told, and what it may be next, by session. */
const known = new Map()
const counts = { executions: 0, crashed: 0, notBegun: 0, unsaved: 0, hostKills: 0, workerKills: 0 }
const problems = []

/** A host process, and how much it has done. */
class Host {
  done = 0
  #child

  constructor() {
    this.#child = spawn(process.execPath, [HOST, store, String(SESSIONS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.done += 1
      check(JSON.parse(line))
    })
  }

  workers() {
    return denoDescendants(this.#child.pid).map(({ pid }) => pid)
  }

  /** @param {number} count */
  async doMore(count) {
    const [goal, deadline] = [this.done + count, performance.now() + PROGRESS_DEADLINE_MS]
    while (this.done < goal) {
      if (performance.now() > deadline) throw new Error('Cannot go on: the sessions make no progress')
      await sleep(2)
    }
  }

  async kill() {
    this.#child.kill('SIGKILL')
    await once(this.#child, 'close')
    // What was running was perhaps kept, and nobody was told.
    for (const state of known.values()) state.ahead = 1
  }
}

/** @param {{ id: string, values?: number[], error?: string, thrown?: string, sessionRestored?: object, sessionUnsaved?: object }} fact */
function check({ id, values, error, thrown, sessionUnsaved }) {
  const state = known.get(id) ?? { last: 0, ahead: 0 }
  // The worker was killed while it came up: the execution has not begun, and its caller was told.
  if (thrown?.startsWith('worker-start-failed') || thrown?.startsWith('session-not-woken'))
    counts.notBegun += 1
  else if (thrown !== undefined) problems.push(`${id}: ${thrown}`)
  else if (error !== null) {
    // It ran when its worker was killed: this one execution is lost.
    if (/Worker/.test(error)) counts.crashed += 1
    else problems.push(`${id}: ${error}`)
  } else {
    counts.executions += 1
    const [n] = values
    if (values.some((value) => value !== n)) problems.push(`${id} is mixed up: ${values}`)
    if (n <= state.last || n > state.last + 1 + state.ahead) problems.push(`${id}: ${n} after ${state.last}`)
    if (sessionUnsaved === null) known.set(id, { last: n, ahead: 0 })
    else {
      // It has been told that this is not kept.
      counts.unsaved += 1
      known.set(id, { last: n - 1, ahead: 1 })
    }
  }
}

const kills = Number(process.argv[2])
const started = performance.now()
let host = new Host()
try {
  for (let kill = 0; kill < kills; kill++) {
    // Now and then while all are still waking up.
    if (kill % 5 !== 4) await host.doMore(1 + Math.floor(Math.random() * 2 * SESSIONS))
    await sleep(Math.random() * MAX_DELAY_MS)
    const workers = kill % 2 === 0 ? host.workers() : []
    if (workers.length > 0) {
      process.kill(workers[Math.floor(Math.random() * workers.length)], 'SIGKILL')
      counts.workerKills += 1
    } else {
      await host.kill()
      counts.hostKills += 1
      host = new Host()
    }
    if (kill % 10 === 9) process.stderr.write(`bench: ${kill + 1} of ${kills} kills\n`)
  }
  await host.doMore(3 * SESSIONS)
  if (known.size !== SESSIONS) problems.push(`only ${known.size} of ${SESSIONS} sessions went on`)
} finally {
  await host.kill()
  rmSync(store, { recursive: true, force: true })
}
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ kills, ...counts, problems, seconds }))
