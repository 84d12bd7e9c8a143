// What Linux says of processes; elsewhere these figures cannot be measured.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Can processes be looked at on this platform? */
export const hasProc = process.platform === 'linux'

/** CPU time is counted in hundredths of a second, whatever the kernel's own tick (`USER_HZ`, proc(5)). */
const TICK_SECONDS = 0.01

/**
 * @typedef {object} Stat
 * @property {number} pid
 * @property {string} name
 * @property {number} cpuSeconds of its own
 * @property {number} reapedSeconds CPU time of the children that it has waited for, and of theirs
 */

/**
 * @param {number | 'self'} pid
 * @returns {Stat | null} null when it is gone
 */
export function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name may hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const seconds = (at) => (Number(fields[at]) + Number(fields[at + 1])) * TICK_SECONDS
    return {
      pid: Number.parseInt(text, 10),
      name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
      cpuSeconds: seconds(11),
      reapedSeconds: seconds(13),
    }
  } catch {
    return null
  }
}

/**
 * @param {number} root
 * @returns {Stat[]} the Deno processes under a process, which are its workers
 */
export function denoDescendants(root = process.pid) {
  return childrenOf(root).flatMap((pid) => {
    const stat = readStat(pid)
    return [...(stat?.name === 'deno' ? [stat] : []), ...denoDescendants(pid)]
  })
}

/**
 * @param {number} pid
 * @returns {number[]} its children, whichever of its threads started them
 */
function childrenOf(pid) {
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
 * @returns {boolean} is none of its threads running, or waiting for a core?
 */
export function isAsleep(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) =>
      / \(.*\) [^R] /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')),
    )
  } catch {
    return false
  }
}

/**
 * @param {number} pid
 * @returns {{ pssBytes: number, anonymousBytes: number }} memory in proportion to who else maps it, and the part of it
 * that no file backs
 */
export function readMemory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
  const bytes = (name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024
  return { pssBytes: bytes('Pss'), anonymousBytes: bytes('Pss_Anon') }
}

/** @returns {string[]} what this process has open, as the targets of its descriptors */
export function openDescriptors() {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)]
    } catch {
      return []
    }
  })
}

/**
 * @param {string} text
 * @returns {number[]} processes that have it in their command line, their environment or the paths of their mounts
 */
export function processesThatMention(text) {
  const files = ['cmdline', 'environ', 'mountinfo']
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        pid !== process.pid && files.some((file) => readOrNothing(`/proc/${pid}/${file}`).includes(text)),
    )
}

/** @param {string} path */
function readOrNothing(path) {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
