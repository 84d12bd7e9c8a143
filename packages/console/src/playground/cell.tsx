import { useMemo, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Button, Card } from '../ui/parts.tsx'
import { CellOutput } from './cell-output.tsx'
import type { KnownName, MarkedLine } from './code-editor.ts'
import { Editor } from './editor.tsx'
import type { Cell, Notebook } from './notebook.ts'
import styles from './playground.module.css'
import type { RunState } from './run.ts'

const NO_MARKS: readonly MarkedLine[] = []

/** One cell: its code, what can be done with it, and what became of it. */
export function CellView({
  notebook,
  cell,
  names,
  isFocused,
  onRun,
  onAdd,
}: {
  readonly notebook: Notebook
  readonly cell: Cell
  readonly names: readonly KnownName[]
  readonly isFocused: boolean
  readonly onRun: (cell: Cell) => void
  readonly onAdd: (below: number) => void
}) {
  const { t } = useTranslation()
  const state = useSyncExternalStore(cell.run.subscribe, () => cell.run.state)
  const isBusy = cell.run.isBusy
  const stale = isBusy ? null : notebook.staleness(cell)
  const { result } = state
  const marks = useMemo(() => (stale === 'edited' ? NO_MARKS : marksOf(result)), [result, stale])
  const isSession = notebook.sessionId !== null
  const label = isSession ? t('playground.codeOf', { number: cell.id }) : t('playground.code')
  return (
    <Card className={styles.cell}>
      <section aria-label={label}>
        <Editor
          label={label}
          code={cell.code}
          onChange={(code) => notebook.edit(cell.id, code)}
          onRun={() => onRun(cell)}
          names={names}
          marks={marks}
          hint={t('playground.placeholder')}
          isFocused={isFocused}
        />
        <div className={styles.toolbar}>
          {isBusy ? (
            <Button
              kind="danger"
              icon="stop"
              onClick={() => void cell.run.stop()}
              disabled={state.phase === 'stopping'}
            >
              {state.phase === 'stopping' ? t('playground.stopping') : t('playground.stop')}
            </Button>
          ) : (
            <Button kind="primary" icon="play" onClick={() => onRun(cell)}>
              {t('playground.run')}
            </Button>
          )}
          <kbd className={styles.key}>{navigator.platform.startsWith('Mac') ? '⌘ ↵' : 'Ctrl ↵'}</kbd>
          {isSession && cell.count !== null && (
            <Badge title={t('playground.countTitle')}>{t('playground.count', { count: cell.count })}</Badge>
          )}
          {stale && <Badge tone="warn">{t(`playground.stale.${stale}`)}</Badge>}
          {isSession && (
            <span className={styles.right}>
              <Button kind="quiet" isSmall icon="plus" onClick={() => onAdd(cell.id)}>
                {t('playground.addCell')}
              </Button>
              <Button
                kind="quiet"
                isSmall
                icon="trash"
                disabled={isBusy}
                onClick={() => notebook.remove(cell.id)}
              >
                {t('playground.removeCell')}
              </Button>
            </span>
          )}
        </div>
        <CellOutput state={state} run={cell.run} />
      </section>
    </Card>
  )
}

/** The line that went wrong, where the code is still that which ran. */
function marksOf(result: RunState['result']): readonly MarkedLine[] {
  const error = result?.error ?? null
  if (error === null || error.line === null) return NO_MARKS
  return [{ line: error.line, title: `${error.name}: ${error.message}`.slice(0, 300), hint: error.hint }]
}
