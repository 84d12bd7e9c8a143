// Looks at a host and at what runs under it from outside while an attack goes on.
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  descendants,
  isAlive,
  readEnvironment,
  readMemory,
  readSharedMemory,
  readStat,
  type Stat,
  sharedNamespaces,
} from './processes.ts'

const INTERVAL_MS = 20
const DISK_INTERVAL_MS = 100

/** What was seen during the run of an attack. */
export interface Seen {
  readonly hostGrowthBytes: number
  /** CPU time of the host. */
  readonly hostCpuMs: number
  readonly workerPeakBytes: number
  /** Names of processes that a worker started. */
  readonly children: readonly string[]
  /** Of the worker. */
  readonly environment: Readonly<Record<string, string>>
  /** Kinds of namespace that the worker shares with this process. */
  readonly sharedNamespaces: readonly string[]
  readonly diskGrowthBytes: number
  /** Of the whole machine: what lies in file systems in memory is in no process. */
  readonly sharedMemoryGrowthBytes: number
}

export class Watch {
  readonly #host: number
  readonly #folder: string
  readonly #workers = new Map<number, Stat>()
  readonly #children = new Map<number, Stat>()
  readonly #hostBytes: number
  readonly #hostCpuMs: number
  readonly #diskBytes: number
  readonly #sharedBytes = readSharedMemory()
  readonly #timer: NodeJS.Timeout
  readonly #warm: boolean
  #diskLooked = 0
  readonly #seen: { -readonly [Fact in keyof Seen]: Seen[Fact] } = {
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
   * @param host its process id
   * @param folder where everything lies that the host and its workers may write
   * @param warm the workers that count are there already
   */
  constructor(host: number, folder: string, warm: boolean) {
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
  get workersLeft(): number {
    return [...this.#workers.values()].filter(isAlive).length
  }

  /** How many of them the pool had beside the one that runs the attack. */
  get spare(): number {
    return this.#warm ? Math.max(0, this.#workers.size - 1) : 0
  }

  /** Processes that a worker started and that still run. */
  get childrenLeft(): string[] {
    return [...this.#children.values()].filter(isAlive).map(({ name }) => name)
  }

  /** CPU time of the workers and of what they started, so far. */
  get cpuMs(): number {
    const all = [...this.#workers.values(), ...this.#children.values()].filter(isAlive)
    return all.reduce((sum, { pid }) => sum + (readStat(pid)?.cpuMs ?? 0), 0)
  }

  /** Ends the watch. */
  stop(): Seen {
    this.#look()
    clearInterval(this.#timer)
    return { ...this.#seen, children: [...new Set([...this.#children.values()].map(({ name }) => name))] }
  }

  #denos(): Stat[] {
    return descendants(this.#host).filter(({ name }) => name === 'deno')
  }

  #look(): void {
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

/** Bytes of its files, without V8's code cache, which a pool copies for each new worker. */
function sizeOf(folder: string): number {
  return entriesOf(folder).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sum + sizeOf(path)
    if (!entry.isFile() || entry.name.includes('_cache_v')) return sum
    return sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0)
  }, 0)
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    // It went away while it was looked at.
    return []
  }
}
