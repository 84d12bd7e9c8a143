// What Linux says of processes. Elsewhere nothing is known of them, and every function gives nothing.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const NAMESPACES = ['ipc', 'mnt', 'net', 'pid', 'user', 'uts']

/**
 * @typedef {object} Stat
 * @property {number} pid
 * @property {string} name at most 15 characters
 * @property {string} state
 * @property {number} cpuMs
 * @property {number} started in ticks since boot: with the pid it names a process for ever
 */

/**
 * @param {number} pid
 * @returns {Stat | null} null when it is gone
 */
export function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name may hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return {
      pid,
      name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
      state: fields[0],
      cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
      started: Number(fields[19]),
    }
  } catch {
    return null
  }
}

/**
 * Does this very process still run? A zombie does not.
 * @param {{ pid: number, started: number }} process
 */
export function isAlive({ pid, started }) {
  const stat = readStat(pid)
  return stat !== null && stat.started === started && stat.state !== 'Z' && stat.state !== 'X'
}

/**
 * @param {number} pid
 * @returns {Stat[]} every process under it, whichever thread started it
 */
export function descendants(pid) {
  return children(pid).flatMap((child) => {
    const stat = readStat(child)
    return stat === null ? [] : [stat, ...descendants(child)]
  })
}

/** @param {number} pid */
function children(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}

/**
 * @param {number} pid
 * @returns {{ residentBytes: number, peakBytes: number }} zeros when it is gone
 */
export function readMemory(pid) {
  const text = read(`/proc/${pid}/status`)
  const bytes = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024
  return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') }
}

/** @returns {number} bytes of shared memory on this machine, file systems in memory included */
export function readSharedMemory() {
  return Number(/^Shmem:\s+(\d+) kB$/m.exec(read('/proc/meminfo'))?.[1] ?? 0) * 1024
}

/**
 * @param {number} pid
 * @returns {Record<string, string>} the environment that it was started with
 */
export function readEnvironment(pid) {
  const entries = read(`/proc/${pid}/environ`).split('\0').filter(Boolean)
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  )
}

/**
 * @param {number} pid
 * @returns {string[]} kinds of namespace, as `net`, that it has in common with this process
 */
export function sharedNamespaces(pid) {
  return NAMESPACES.filter((kind) => {
    const own = namespace('self', kind)
    return own !== '' && own === namespace(pid, kind)
  })
}

/**
 * @param {number | 'self'} pid
 * @param {string} kind
 */
function namespace(pid, kind) {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`)
  } catch {
    return ''
  }
}

/**
 * @param {string} text
 * @returns {Stat[]} processes that have it on their command line
 */
export function processesThatMention(text) {
  return pids().flatMap((pid) => {
    if (pid === process.pid || !read(`/proc/${pid}/cmdline`).includes(text)) return []
    const stat = readStat(pid)
    return stat === null ? [] : [stat]
  })
}

function pids() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
