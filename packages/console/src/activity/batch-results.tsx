import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Batch, batchResults, type ProgramResult } from '../api/batches.ts'
import { usageOf } from '../api/executions.ts'
import { problemOf } from '../api/problem.ts'
import { CellOutput } from '../playground/cell-output.tsx'
import { recordedRun } from '../playground/recorded-run.ts'
import { Run } from '../playground/run.ts'
import { count, duration } from '../text/formats.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Badge, Button, Card, ProblemNotice, Waiting } from '../ui/parts.tsx'
import styles from '../ui/table.module.css'
import { STATUS_TONES } from './execution-list.tsx'

const PAGE = 20
const SUMMARY_CHARS = 120
const IDLE = new Run()

/** What became of the programs, page by page; one is opened at a time. */
export function BatchResults({ batch: { id, programs, done, status } }: { readonly batch: Batch }) {
  const { t } = useTranslation()
  const [first, setFirst] = useState(0)
  const [opened, setOpened] = useState<number | null>(null)
  const { data, error } = useQuery({
    // A page that is not full yet is read again when more have run.
    queryKey: ['batches', 'results', id, first, Math.min(done, first + PAGE), status],
    queryFn: () => batchResults(id, PAGE, first),
    placeholderData: keepPreviousData,
  })
  const turn = (to: number) => {
    setFirst(to)
    setOpened(null)
  }
  const shown = data?.items.find(({ index }) => index === opened)
  return (
    <section className={styles.section}>
      <h2>{t('batches.results')}</h2>
      {error && <ProblemNotice problem={problemOf(error)} />}
      {!data && !error && <Waiting />}
      {data?.items.length === 0 && <p className={styles.muted}>{t('batches.noResults')}</p>}
      {data && data.items.length > 0 && (
        <DataTable>
          <caption className="visually-hidden">{t('batches.results')}</caption>
          <thead>
            <tr>
              <th>{t('batches.program')}</th>
              <th>{t('activity.status')}</th>
              <th>{t('batches.summary')}</th>
              <th>{t('activity.took')}</th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((item) => (
              <Row
                key={item.index}
                item={item}
                isOpen={item.index === opened}
                onOpen={() => setOpened(item.index === opened ? null : item.index)}
              />
            ))}
          </tbody>
        </DataTable>
      )}
      <nav className={styles.row} aria-label={t('batches.pages')}>
        <Button isSmall disabled={first === 0} onClick={() => turn(first - PAGE)}>
          {t('batches.previous')}
        </Button>
        <span className={styles.muted}>
          {t('batches.range', {
            ...{ from: count(first + 1), to: count(Math.min(programs, first + PAGE)), all: count(programs) },
          })}
        </span>
        <Button isSmall disabled={first + PAGE >= done} onClick={() => turn(first + PAGE)}>
          {t('batches.next')}
        </Button>
      </nav>
      {shown && <Shown item={shown} />}
    </section>
  )
}

function Row({
  item: { index, status, failure, result },
  isOpen,
  onOpen,
}: {
  readonly item: ProgramResult
  readonly isOpen: boolean
  readonly onOpen: () => void
}) {
  const { t } = useTranslation()
  const error = result?.error ?? null
  const text = failure ?? (error === null ? (result?.stdout ?? '') : `${error.name}: ${error.message}`)
  return (
    <tr>
      <td>
        <Button
          kind="quiet"
          isSmall
          aria-expanded={isOpen}
          aria-label={t('batches.openOne', { number: index + 1 })}
          onClick={onOpen}
        >
          {count(index + 1)}
        </Button>
      </td>
      <td>
        <Badge tone={STATUS_TONES[status]}>{t(`activity.statuses.${status}`)}</Badge>
      </td>
      <td>
        <code>{firstLine(text)}</code>
      </td>
      <td>{result === null ? '…' : duration(usageOf(result).wallMs)}</td>
    </tr>
  )
}

/** Control characters say nothing here; the whole output shows them by their numbers. */
function firstLine(text: string): string {
  const line = text.slice(0, SUMMARY_CHARS).split('\n', 1)[0] ?? ''
  return line.replace(/[\p{Cc}\p{Cf}]/gu, '')
}

/** The output of one program, as that of a run is shown. */
function Shown({ item: { index, status, failure, result } }: { readonly item: ProgramResult }) {
  const { t } = useTranslation()
  const state = useMemo(
    () => recordedRun({ id: null, code: '', status, result, failure }),
    [status, result, failure],
  )
  return (
    <section className={styles.section} aria-label={t('batches.openOne', { number: index + 1 })}>
      <h2>{t('batches.openOne', { number: index + 1 })}</h2>
      <Card>
        <CellOutput state={state} run={IDLE} />
      </Card>
    </section>
  )
}
