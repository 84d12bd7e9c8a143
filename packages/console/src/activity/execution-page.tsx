import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'wouter'
import { auditOf } from '../api/audit.ts'
import {
  cancelExecution,
  deleteExecution,
  type Execution,
  executionQuery,
  usageOf,
} from '../api/executions.ts'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import { CellOutput } from '../playground/cell-output.tsx'
import { notebookOf } from '../playground/notebook.ts'
import { recordedRun } from '../playground/recorded-run.ts'
import { Run } from '../playground/run.ts'
import { bytes, duration, moment } from '../text/formats.ts'
import { AuditAction, AuditOutcome } from '../ui/audit-words.tsx'
import { DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'
import { Badge, Button, Card, ProblemNotice, Waiting } from '../ui/parts.tsx'
import styles from '../ui/table.module.css'
import { STATUS_TONES } from './execution-list.tsx'

/** One execution in full. */
export function ExecutionPage({ id }: { readonly id: string }) {
  const { t } = useTranslation()
  const [, go] = useLocation()
  const { data: execution, error } = useQuery(executionQuery(id))
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const [isSure, setSure] = useState(false)
  if (error) return <ProblemNotice problem={problemOf(error)} />
  if (!execution) return <Waiting />
  const { status, code, sessionId, toolId, createdAt } = execution
  const failed = (thrown: unknown) => setProblem(problemOf(thrown))
  const stop = () => cancelExecution(id).then(() => readAgain('executions'), failed)
  const remove = () =>
    deleteExecution(id).then(async () => {
      await readAgain('executions')
      go('/activity')
    }, failed)
  const again = () => {
    const notebook = notebookOf(sessionId)
    const [cell] = notebook.cells
    if (cell) notebook.edit(cell.id, code)
    go(sessionId === null ? '/playground' : `/playground/${sessionId}`)
  }
  return (
    <Page
      title={t('activity.one')}
      lead={<code>{id}</code>}
      actions={
        <>
          {toolId === null && (
            <Button icon="play" onClick={again}>
              {t('activity.again')}
            </Button>
          )}
          {status === 'running' || status === 'queued' ? (
            <Button kind="danger" icon="stop" onClick={stop}>
              {t('playground.stop')}
            </Button>
          ) : isSure ? (
            <Button kind="danger" icon="trash" onClick={remove}>
              {t('session.reallyDelete')}
            </Button>
          ) : (
            <Button kind="danger" icon="trash" onClick={() => setSure(true)}>
              {t('session.delete')}
            </Button>
          )}
        </>
      }
    >
      {problem && <ProblemNotice problem={problem} />}
      <p className={styles.row}>
        <Badge tone={STATUS_TONES[status]}>{t(`activity.statuses.${status}`)}</Badge>
        <span className={styles.muted}>{moment(createdAt)}</span>
        {toolId !== null && <Link href={`/tools/${toolId}`}>{t('activity.kinds.tool')}</Link>}
        {sessionId !== null && <Link href={`/playground/${sessionId}`}>{t('activity.kinds.session')}</Link>}
      </p>
      <Facts execution={execution} />
      <section className={styles.section}>
        <h2>{t('activity.code')}</h2>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard */}
        <pre className={styles.code} tabIndex={0}>
          {code}
        </pre>
      </section>
      <section className={styles.section}>
        <h2>{t('activity.outcome')}</h2>
        <Outcome execution={execution} />
      </section>
      <AuditEntries id={toolId ?? id} executionId={id} />
    </Page>
  )
}

/** What it took, where it is known. */
function Facts({ execution }: { readonly execution: Execution }) {
  const { t } = useTranslation()
  if (execution.result === null) return null
  const { queueMs, startMs, packagesMs, wallMs, cpuMs, peakMemoryBytes } = usageOf(execution.result)
  const facts = [
    [t('receipt.time.run'), duration(wallMs)],
    [t('receipt.time.cpu'), duration(cpuMs)],
    [t('activity.before'), duration(queueMs + startMs + packagesMs)],
    [t('receipt.time.memory'), bytes(peakMemoryBytes)],
  ] as const
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** What became of it; of one that goes on, as it comes. */
function Outcome({ execution }: { readonly execution: Execution }) {
  const [run] = useState(() => new Run())
  const live = useSyncExternalStore(run.subscribe, () => run.state)
  const recorded = useMemo(() => recordedRun(execution), [execution])
  const isRunning = execution.status === 'running'
  useEffect(() => {
    if (isRunning) void run.watch(execution.id, execution.code)
    return () => run.leave()
  }, [run, isRunning, execution.id, execution.code])
  return (
    <Card>
      <CellOutput state={isRunning || live.phase !== 'idle' ? live : recorded} run={run} />
    </Card>
  )
}

/** Who did what with it. */
function AuditEntries({ id, executionId }: { readonly id: string; readonly executionId: string }) {
  const { t } = useTranslation()
  const { data: entries = [] } = useQuery({
    queryKey: ['audit', id, executionId],
    queryFn: () => auditOf(id, executionId),
  })
  if (entries.length === 0) return null
  return (
    <section className={styles.section}>
      <h2>{t('activity.audit')}</h2>
      <DataTable>
        <thead>
          <tr>
            <th>{t('activity.action')}</th>
            <th>{t('activity.when')}</th>
            <th>{t('activity.outcome')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td>
                <AuditAction action={entry.action} />
              </td>
              <td>{moment(entry.createdAt)}</td>
              <td>
                <AuditOutcome outcome={entry.outcome} />
              </td>
            </tr>
          ))}
        </tbody>
      </DataTable>
    </section>
  )
}
