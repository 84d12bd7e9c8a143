import type { Execution } from '../api/executions.ts'
import { recordedRun } from './recorded-run.ts'
import { Run } from './run.ts'

/** A cell: code, and what became of it. */
export interface Cell {
  readonly id: number
  readonly code: string
  readonly run: Run
  /** Which execution of this notebook it was; null where it did not run. */
  readonly count: number | null
  /** The code that ran. */
  readonly ran: string | null
  /** May the session have gone back to before it? */
  readonly isUndone: boolean
}

/** Why what a cell shows may not be what it would give now. */
export type Staleness = 'edited' | 'earlier' | 'undone'

/** The cells of one session, or the one cell of runs without a session. They stay while the page is open. */
export class Notebook {
  readonly sessionId: string | null
  #cells: readonly Cell[]
  #count = 0
  #nextId = 1
  #isUntouched = true
  readonly #listeners = new Set<() => void>()

  constructor(sessionId: string | null, code = '') {
    this.sessionId = sessionId
    this.#cells = [this.#new(code)]
  }

  get cells(): readonly Cell[] {
    return this.#cells
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Has nothing been written, run or shown here yet? */
  get isUntouched(): boolean {
    return this.#isUntouched
  }

  /** Shows what ran in the session elsewhere, oldest first; what is here already stays as it is. */
  recall(executions: readonly Execution[]): void {
    if (!this.#isUntouched || executions.length === 0) return
    const cells = executions.map((execution, index): Cell => {
      const { id, code, status } = execution
      const cell = { ...this.#new(code), count: index + 1, ran: code }
      if (status === 'running' || status === 'queued') void cell.run.watch(id, code)
      else cell.run.show(recordedRun(execution))
      return cell
    })
    this.#count = cells.length
    this.#tell([...cells, this.#new('')])
  }

  edit(id: number, code: string): void {
    this.#replace(id, { code })
  }

  /** A new cell below another one; gives its id. */
  add(below: number, code = ''): number {
    const at = this.#cells.findIndex((cell) => cell.id === below)
    const cell = this.#new(code)
    this.#tell(this.#cells.toSpliced(at + 1, 0, cell))
    return cell.id
  }

  remove(id: number): void {
    const left = this.#cells.filter((cell) => cell.id !== id)
    this.#tell(left.length === 0 ? [this.#new('')] : left)
  }

  /** The code of a cell is about to run. */
  began(id: number): void {
    this.#count += 1
    const cell = this.#cells.find((each) => each.id === id)
    this.#replace(id, { count: this.#count, ran: cell?.code ?? null, isUndone: false })
  }

  /** The session went back by so many steps: the cells that ran last may be undone. Changes of files were steps, too. */
  rewound(steps: number): void {
    const counts = this.#cells.flatMap(({ count, isUndone }) => (count === null || isUndone ? [] : [count]))
    const from = counts.sort((one, other) => other - one)[Math.min(steps, counts.length) - 1]
    if (from === undefined) return
    this.#tell(
      this.#cells.map((cell) =>
        cell.count !== null && cell.count >= from ? { ...cell, isUndone: true } : cell,
      ),
    )
  }

  /** Why a cell may be stale; null where it is not. Without a session no cell depends on another one. */
  staleness(cell: Cell): Staleness | null {
    if (cell.count === null) return null
    if (cell.isUndone) return 'undone'
    if (cell.code !== cell.ran) return 'edited'
    if (this.sessionId === null) return null
    const { count } = cell
    const above = this.#cells.slice(0, this.#cells.indexOf(cell))
    return above.some((each) => each.count !== null && each.count > count) ? 'earlier' : null
  }

  #new(code: string): Cell {
    const id = this.#nextId
    this.#nextId += 1
    return { id, code, run: new Run(), count: null, ran: null, isUndone: false }
  }

  #replace(id: number, change: Partial<Cell>): void {
    this.#tell(this.#cells.map((cell) => (cell.id === id ? { ...cell, ...change } : cell)))
  }

  #tell(cells: readonly Cell[]): void {
    this.#isUntouched = false
    this.#cells = cells
    for (const listener of this.#listeners) listener()
  }
}

const notebooks = new Map<string, Notebook>()

/** The notebook of a session, which is the same as long as the page is open. */
export function notebookOf(sessionId: string | null): Notebook {
  const key = sessionId ?? ''
  const known = notebooks.get(key)
  if (known !== undefined) return known
  const made = new Notebook(sessionId)
  notebooks.set(key, made)
  return made
}
