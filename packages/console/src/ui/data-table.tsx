import { type ReactNode, useLayoutEffect, useRef } from 'react'
import styles from './table.module.css'

/**
 * A table in a frame. Where it is narrow each row is a card in which every cell has the name of its column beside it; a
 * table whose rows begin with a heading keeps its columns.
 */
export function DataTable({ children }: { readonly children: ReactNode }) {
  const table = useRef<HTMLTableElement>(null)
  // After each drawing, since rows and columns come and go.
  useLayoutEffect(() => {
    if (table.current !== null) nameCells(table.current)
  })
  return (
    <div className={styles.frame}>
      <table ref={table} className={styles.table}>
        {children}
      </table>
    </div>
  )
}

/** Columns of buttons have a name for screen readers alone. */
function nameCells({ tHead, tBodies }: HTMLTableElement): void {
  const names = [...(tHead?.rows[0]?.cells ?? [])].map((cell) =>
    cell.querySelector('.visually-hidden') === null ? (cell.textContent ?? '') : '',
  )
  for (const row of [...tBodies].flatMap((body) => [...body.rows]))
    for (const cell of row.cells) cell.dataset.column = cell.colSpan > 1 ? '' : (names[cell.cellIndex] ?? '')
}
