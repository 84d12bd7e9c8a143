import { useQueries } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type Execution, executionQuery, usageOf } from '../api/executions.ts'
import { problemOf } from '../api/problem.ts'
import { DiffView } from '../output/diff-view.tsx'
import { bytes, duration, moment } from '../text/formats.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'
import { Badge, ProblemNotice, Waiting } from '../ui/parts.tsx'
import styles from '../ui/table.module.css'
import { STATUS_TONES } from './execution-list.tsx'

const PARTS = ['code', 'stdout', 'stderr', 'error', 'value'] as const

/** Two executions beside each other: what they took, and what they differ in. */
export function Compare({ one, other }: { readonly one: string; readonly other: string }) {
  const { t } = useTranslation()
  const read = useQueries({
    queries: [executionQuery(one), executionQuery(other)],
  })
  const error = read.find((each) => each.error)?.error
  if (error) return <ProblemNotice problem={problemOf(error)} />
  const [first, second] = read.map(({ data }) => data)
  if (!first || !second) return <Waiting />
  const rows = factsOf(first).map(
    ([name, value], index) => [name, value, factsOf(second)[index]?.[1] ?? ''] as const,
  )
  return (
    <Page title={t('activity.compareTitle')}>
      <DataTable>
        <thead>
          <tr>
            <th scope="col">{t('activity.what')}</th>
            {[first, second].map(({ id, status, createdAt }) => (
              <th key={id} scope="col">
                <Link href={`/activity/${id}`}>{moment(createdAt)}</Link>{' '}
                <Badge tone={STATUS_TONES[status]}>{t(`activity.statuses.${status}`)}</Badge>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, value, theirs]) => (
            <tr key={name}>
              <th scope="row">{t(`receipt.time.${name}`)}</th>
              <td>{value}</td>
              <td>{theirs}</td>
            </tr>
          ))}
        </tbody>
      </DataTable>
      {PARTS.map((part) => (
        <section key={part} className={styles.section}>
          <h2>{t(`activity.parts.${part}`)}</h2>
          <DiffView
            before={textOf(first, part)}
            after={textOf(second, part)}
            label={t(`activity.parts.${part}`)}
          />
        </section>
      ))}
    </Page>
  )
}

function textOf(execution: Execution, part: (typeof PARTS)[number]): string {
  const { code, result } = execution
  if (part === 'code') return code
  if (part === 'error') return errorOf(execution)
  return part === 'value' ? (result?.resultText ?? '') : (result?.[part] ?? '')
}

/** How it ended, where that was not well; a program that was never begun has a failure alone. */
function errorOf({ result, failure }: Execution): string {
  const error = result?.error
  if (!error) return failure ?? ''
  const said = `${error.name}: ${error.message}`.trim()
  const traceback = (error.traceback ?? '').trim()
  // Most tracebacks end in it.
  return traceback.endsWith(said) ? traceback : `${said}\n${traceback}`.trim()
}

function factsOf({ result }: Execution) {
  const usage = result === null ? null : usageOf(result)
  return [
    ['queue', duration(usage?.queueMs ?? 0)],
    ['start', duration(usage?.startMs ?? 0)],
    ['packages', duration(usage?.packagesMs ?? 0)],
    ['run', duration(usage?.wallMs ?? 0)],
    ['cpu', duration(usage?.cpuMs ?? 0)],
    ['memory', bytes(usage?.peakMemoryBytes ?? 0)],
  ] as const
}
