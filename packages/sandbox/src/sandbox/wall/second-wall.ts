import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { IsolationError, WorkerStartError } from '../errors/errors.ts'
import { findBubblewrap } from './host-tools.ts'

/** Whether the second wall may be done without: what the option `isolation` says. */
export type Isolation = 'auto' | 'os' | 'deno'

/** A second wall to be tried. */
export interface SecondWall {
  /** Path of bubblewrap. */
  readonly bubblewrap: string
  /** Forbid further user name spaces: versions before 0.8 cannot, and some containers do not allow it. */
  readonly sealed: boolean
  /** Filter calls to the kernel, which can have been built without. */
  readonly filtered: boolean
}

/** What this machine has been found to allow. It is found out once in a process, and is true for all its sandboxes. */
export interface MachineWalls {
  /** The strongest wall that has not been refused for good; null when all were. */
  strongest: SecondWall | null
  /** A worker has come up behind it: what stops it later is no property of the machine. */
  stood: boolean
  /** What bubblewrap said when it was last refused for good. */
  refusal: WorkerStartError | null
}

const machines = new Map<string, MachineWalls>()
/** A machine that is short of something just now is asked again after these pauses, in milliseconds. */
const PAUSES_MS = [50, 100, 200, 400]

/** Told when workers stand behind less than the strongest wall, and why. */
export type WallTeller = (fields: { readonly wall: string; readonly reason: string }) => void

/** Which second wall workers start behind: the strongest that this machine allows, found by trying. */
export class SecondWallChoice {
  readonly #isolation: Isolation
  /** Null where none is wanted or bubblewrap is not installed. */
  readonly #machine: MachineWalls | null
  readonly #tell: WallTeller
  #told: string | null = null

  /** @throws IsolationError when there must be one and bubblewrap is not installed */
  constructor(
    isolation: Isolation,
    tell: WallTeller = () => {},
    machine: MachineWalls | null = machineWith(findBubblewrap()),
  ) {
    this.#isolation = isolation
    this.#tell = tell
    this.#machine = isolation === 'deno' ? null : machine
    if (isolation === 'os' && machine === null) throw new IsolationError('it is not installed')
  }

  /**
   * Starts a worker behind the strongest wall that works. Once one has, a weaker one is never taken, and a moment in
   * which the machine is short of something takes none away.
   * @throws IsolationError when there must be one and the machine does not allow it
   */
  async behind<Started>(start: (wall: SecondWall | null) => Promise<Started>): Promise<Started> {
    const machine = this.#machine
    if (machine === null) return await start(null)
    for (let tries = 0; ; ) {
      const wall = this.#wallOf(machine)
      try {
        const started = await start(wall)
        if (wall !== null) machine.stood = true
        return started
      } catch (error) {
        const refusal = error instanceof WorkerStartError ? refusalOf(error.detail, hasNoNamespaces()) : null
        if (wall === null || refusal === null || refusal === 'start') throw error
        if (refusal === 'never') weaken(machine, wall, error as WorkerStartError)
        else if (tries >= PAUSES_MS.length) throw error
        else await sleep(PAUSES_MS[tries++])
      }
    }
  }

  #wallOf({ strongest, refusal }: MachineWalls): SecondWall | null {
    if (refusal === null) return strongest
    if (strongest === null && this.#isolation === 'os')
      throw new IsolationError(refusal.detail, { cause: refusal })
    const wall = strongest === null ? 'deno alone' : nameOf(strongest)
    if (this.#told !== wall) this.#tell({ wall, reason: refusal.detail })
    this.#told = wall
    return strongest
  }
}

/** What is known of this machine and this bubblewrap; null without one. */
export function machineWith(bubblewrap: string | null): MachineWalls | null {
  if (bubblewrap === null) return null
  const known = machines.get(bubblewrap) ?? newMachine(bubblewrap)
  machines.set(bubblewrap, known)
  return known
}

/** A machine of which nothing is known yet. */
export function newMachine(bubblewrap: string): MachineWalls {
  return { strongest: { bubblewrap, sealed: true, filtered: true }, stood: false, refusal: null }
}

/** Of several workers that are refused at the same time one takes the wall down by one step. */
function weaken(machine: MachineWalls, wall: SecondWall, error: WorkerStartError): void {
  if (machine.strongest !== wall) return
  if (machine.stood) throw error
  machine.refusal = error
  if (wall.sealed) machine.strongest = { ...wall, sealed: false }
  else machine.strongest = wall.filtered ? { ...wall, filtered: false } : null
}

function nameOf({ sealed, filtered }: SecondWall): string {
  if (sealed) return 'bubblewrap'
  return `bubblewrap, user name spaces not forbidden${filtered ? '' : ', calls to the kernel not filtered'}`
}

function hasNoNamespaces(): boolean {
  try {
    return readFileSync('/proc/sys/user/max_user_namespaces', 'latin1').trim() === '0'
  } catch {
    return false
  }
}

/** Starting a program behind the wall takes some milliseconds; a machine that needs this long is out of order. */
const PROBE_MS = 10_000
/** The name spaces that a worker is put into, around the least that can be run. */
const ARGS = [
  ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts'],
  ...['--unshare-cgroup-try', '--die-with-parent', '--as-pid-1', '--cap-drop', 'ALL'],
  ...['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--', '/bin/sh', '-c', ':'],
]

/** What the probe of the second wall has found: it stands, or why it does not. */
export type WallProbe = { readonly stands: true } | { readonly stands: false; readonly reason: string }

/** Tries whether this machine lets bubblewrap put a process behind the second wall, without starting a worker. */
export async function probeSecondWall(bubblewrap: string | null = findBubblewrap()): Promise<WallProbe> {
  if (process.platform !== 'linux') return { stands: false, reason: 'there is none on this platform' }
  if (bubblewrap === null) return { stands: false, reason: 'bubblewrap is not installed' }
  try {
    await promisify(execFile)(bubblewrap, ARGS, { env: {}, timeout: PROBE_MS, killSignal: 'SIGKILL' })
    return { stands: true }
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    const reason = said === '' ? 'bubblewrap does not work here' : said
    return { stands: false, reason: reason.slice(0, 500) }
  }
}

/**
 * What a refusal of bubblewrap means: this machine will never allow it (`never`), it could not just now (`now`), or what
 * this worker was to be given stands in the way (`start`).
 */
export type WallRefusal = 'never' | 'now' | 'start'

/** A file or folder that was granted; the harmless devices and `/proc` are not. */
const GRANTED =
  /can't (?:find source path|bind mount|create file at|mkdir|get type of source)(?!.*\/newroot\/(?:dev|proc)\b)/i
const PASSING =
  /resource temporarily unavailable|cannot allocate memory|no space left|too many open files|interrupted system call|device or resource busy|text file busy|\(ENOSPC\)/i
const FOREVER =
  /unknown option|no permissions? to creat|does not support user namespaces|operation not permitted|permission denied|invalid argument|function not implemented|read-only file system|operation not supported|was not disabled as requested/i

/**
 * Reads what was said on standard error by a process that ended before it was ready; null when that was not bubblewrap.
 * What is not known is taken for a bad moment: a wall is never dropped for words that nobody has read.
 * @param noNamespaces the kernel is set to allow no user name space at all
 */
export function refusalOf(detail: string, noNamespaces = false): WallRefusal | null {
  if (!detail.startsWith('bwrap:')) return null
  if (GRANTED.test(detail)) return 'start'
  if (PASSING.test(detail)) return noNamespaces ? 'never' : 'now'
  return FOREVER.test(detail) ? 'never' : 'now'
}
