import { diffLines } from 'diff'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import styles from '../ui/table.module.css'
import { Visible } from './terminal-view.tsx'

const MAX_CHARS = 200_000

/** What two texts differ in, line by line. */
export function DiffView({
  before,
  after,
  label,
}: {
  readonly before: string
  readonly after: string
  readonly label: string
}) {
  const { t } = useTranslation()
  const parts = useMemo(
    () => diffLines(before.slice(0, MAX_CHARS), after.slice(0, MAX_CHARS), { timeout: 500 }),
    [before, after],
  )
  if (before === after) return <p className={styles.muted}>{t('diff.same')}</p>
  if (parts === undefined) return <p className={styles.muted}>{t('diff.tooLarge')}</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
    <div className={styles.diff} role="group" aria-label={label} tabIndex={0}>
      {parts.flatMap(({ value, added, removed }, index) =>
        value
          .replace(/\n$/, '')
          .split('\n')
          .map((line, number) => (
            <div key={`${index} ${number}`} className={added ? styles.added : removed ? styles.removed : ''}>
              <span aria-hidden="true">{added ? '+ ' : removed ? '− ' : '  '}</span>
              {added && <ins className="visually-hidden">{t('diff.added')}</ins>}
              {removed && <del className="visually-hidden">{t('diff.removed')}</del>}
              <Visible text={line === '' ? ' ' : line} />
            </div>
          )),
      )}
    </div>
  )
}
