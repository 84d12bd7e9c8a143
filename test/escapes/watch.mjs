// Looks at a host and at what runs under it from outside while an attack goes on.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  descendants,
  isAlive,
  readEnvironment,
  readMemory,
  readSharedMemory,
  readStat,
  sharedNamespaces,
} from './processes.mjs'

const INTERVAL_MS = 20
const DISK_INTERVAL_MS = 100

/**
 * @typedef {object} Seen
 * @property {number} hostGrowthBytes
 * @property {number} hostCpuMs CPU time of the host
 * @property {number} workerPeakBytes
 * @property {string[]} children names of processes that a worker started
 * @property {Record<string, string>} environment of the worker
 * @property {string[]} sharedNamespaces kinds of namespace that the worker shares with this process
 * @property {number} diskGrowthBytes
 * @property {number} sharedMemoryGrowthBytes of the whole machine: what lies in file systems in memory is in no process
 */

export class Watch {
  #host
  #folder
  /** @type {Map<number, import('./processes.mjs').Stat>} */
  #workers = new Map()
  /** @type {Map<number, import('./processes.mjs').Stat>} */
  #children = new Map()
  #hostBytes
  #hostCpuMs
  #diskBytes
  #sharedBytes = readSharedMemory()
  #diskLooked = 0
  #timer
  #warm
  /** @type {Seen} */
  #seen = {
    hostGrowthBytes: 0,
    hostCpuMs: 0,
    workerPeakBytes: 0,
    children: [],
    environment: {},
    sharedNamespaces: [],
    diskGrowthBytes: 0,
    sharedMemoryGrowthBytes: 0,
  }

  /**
   * @param {number} host
   * @param {string} folder where everything lies that the host and its workers may write
   * @param {boolean} warm the workers that count are there already
   */
  constructor(host, folder, warm) {
    this.#host = host
    this.#folder = folder
    this.#warm = warm
    this.#hostBytes = readMemory(host).residentBytes
    this.#hostCpuMs = readStat(host)?.cpuMs ?? 0
    this.#diskBytes = sizeOf(folder)
    if (warm) for (const worker of this.#denos()) this.#workers.set(worker.pid, worker)
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS)
    this.#look()
  }

  /** How many of the workers that were there before the run still are. */
  get workersLeft() {
    return [...this.#workers.values()].filter(isAlive).length
  }

  /** How many of them the pool had beside the one that runs the attack. */
  get spare() {
    return this.#warm ? Math.max(0, this.#workers.size - 1) : 0
  }

  /** Processes that a worker started and that still run. */
  get childrenLeft() {
    return [...this.#children.values()].filter(isAlive).map(({ name }) => name)
  }

  /** CPU time of the workers and of what they started, so far. */
  get cpuMs() {
    const all = [...this.#workers.values(), ...this.#children.values()].filter(isAlive)
    return all.reduce((sum, { pid }) => sum + (readStat(pid)?.cpuMs ?? 0), 0)
  }

  /** @returns {Seen} */
  stop() {
    this.#look()
    clearInterval(this.#timer)
    return { ...this.#seen, children: [...new Set([...this.#children.values()].map(({ name }) => name))] }
  }

  #denos() {
    return descendants(this.#host).filter(({ name }) => name === 'deno')
  }

  #look() {
    const seen = this.#seen
    seen.hostGrowthBytes = Math.max(
      seen.hostGrowthBytes,
      readMemory(this.#host).residentBytes - this.#hostBytes,
    )
    seen.hostCpuMs = Math.max(seen.hostCpuMs, (readStat(this.#host)?.cpuMs ?? 0) - this.#hostCpuMs)
    for (const worker of this.#denos()) {
      for (const child of descendants(worker.pid)) this.#children.set(child.pid, child)
      if (this.#warm && !this.#workers.has(worker.pid)) continue
      this.#workers.set(worker.pid, worker)
      seen.workerPeakBytes = Math.max(seen.workerPeakBytes, readMemory(worker.pid).peakBytes)
      seen.environment = { ...seen.environment, ...readEnvironment(worker.pid) }
      seen.sharedNamespaces = sharedNamespaces(worker.pid)
    }
    const shared = readSharedMemory() - this.#sharedBytes
    seen.sharedMemoryGrowthBytes = Math.max(seen.sharedMemoryGrowthBytes, shared)
    if (performance.now() - this.#diskLooked < DISK_INTERVAL_MS) return
    this.#diskLooked = performance.now()
    seen.diskGrowthBytes = Math.max(seen.diskGrowthBytes, sizeOf(this.#folder) - this.#diskBytes)
  }
}

/**
 * @param {string} folder
 * @returns {number} bytes of its files, without V8's code cache, which a pool copies for each new worker
 */
function sizeOf(folder) {
  return entriesOf(folder).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sum + sizeOf(path)
    if (!entry.isFile() || entry.name.includes('_cache_v')) return sum
    return sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0)
  }, 0)
}

/** @param {string} folder */
function entriesOf(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    // It went away while it was looked at.
    return []
  }
}
