import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { guard, killGroup, release } from '../host/guardian.ts'
import { killMarked } from '../host/marked.ts'

const ROUNDS = 100
const ROUND_MS = 10

/** The process groups of the programs of one worker, with what the programs left running behind them. */
export class ProgramGroups {
  readonly #groups = new Set<number>()

  /** How many have a process in them. */
  count(): number {
    this.#forgetEmpty()
    return this.#groups.size
  }

  /** From now on it ends with the worker, and with this process. */
  add(group: number): void {
    guard(group)
    this.#groups.add(group)
  }

  /** A first process has ended: forgets its group when it was the last one, for the number may come again. */
  ended(group: number): void {
    if (!exists(group)) this.#forget(group)
  }

  kill(): void {
    for (const group of this.#groups) killGroup(group)
  }

  /** Kills the groups, and then, until none is found, each process that left its group and carries this mark. */
  async end(mark: string): Promise<void> {
    this.kill()
    for (let round = 0; round < ROUNDS && killMarked(mark) + this.count() > 0; round++) {
      await sleep(ROUND_MS)
      this.kill()
    }
    for (const group of this.#groups) this.#forget(group)
  }

  #forgetEmpty(): void {
    const existing = [...this.#groups].filter(exists)
    const living = existing.length === 0 ? null : livingGroups()
    for (const group of this.#groups) {
      if (!existing.includes(group) || living?.has(group) === false) this.#forget(group)
    }
  }

  #forget(group: number): void {
    this.#groups.delete(group)
    release(group)
  }
}

function exists(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Groups with a process that is more than a zombie, which nobody may ever wait for. Null where that cannot be seen. */
function livingGroups(): Set<number> | null {
  if (process.platform !== 'linux') return null
  const groups = new Set<number>()
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state !== 'Z' && state !== 'X') groups.add(Number(group))
    } catch {
      // It ended while we looked.
    }
  }
  return groups
}
