import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'wouter'
import { type Batch, cancelBatch, deleteBatch, readBatch } from '../api/batches.ts'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { count, duration, moment } from '../text/formats.ts'
import { Page } from '../ui/page.tsx'
import { Badge, Button, Notice, ProblemNotice, Waiting } from '../ui/parts.tsx'
import styles from '../ui/table.module.css'
import { BATCH_TONES } from './batch-list.tsx'
import { BatchProgress } from './batch-progress.tsx'
import { BatchResults } from './batch-results.tsx'

/** One batch: how far it is, and what became of its programs. */
export function BatchPage({ id }: { readonly id: string }) {
  const { t } = useTranslation()
  const [, go] = useLocation()
  const { data: batch, error } = useQuery({
    queryKey: ['batches', 'one', id],
    queryFn: () => readBatch(id),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? 1000 : false),
  })
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const [isSure, setSure] = useState(false)
  if (error) return <ProblemNotice problem={problemOf(error)} />
  if (!batch) return <Waiting />
  const isRunning = batch.status === 'running'
  const failed = (thrown: unknown) => setProblem(problemOf(thrown))
  const stop = () => cancelBatch(id).catch(failed)
  const remove = () => deleteBatch(id).then(() => go('/activity/batches'), failed)
  return (
    <Page
      title={t('batches.one')}
      lead={<code>{id}</code>}
      actions={
        isRunning || isSure ? (
          <Button
            kind="danger"
            icon={isRunning ? 'stop' : 'trash'}
            onClick={() => void (isRunning ? stop() : remove())}
          >
            {t(isRunning ? 'playground.stop' : 'session.reallyDelete')}
          </Button>
        ) : (
          <Button kind="danger" icon="trash" onClick={() => setSure(true)}>
            {t('session.delete')}
          </Button>
        )
      }
    >
      {problem && <ProblemNotice problem={problem} />}
      <p className={styles.row}>
        <span role="status">
          <Badge tone={BATCH_TONES[batch.status]}>{t(`batches.statuses.${batch.status}`)}</Badge>
        </span>
        <BatchProgress batch={batch} />
        <span className={styles.muted}>{moment(batch.createdAt)}</span>
      </p>
      {batch.problem !== null && (
        <Notice tone="bad" role="alert">
          <span lang="en">{batch.problem}</span>
        </Notice>
      )}
      <Facts batch={batch} />
      <BatchResults batch={batch} />
    </Page>
  )
}

function Facts({ batch }: { readonly batch: Batch }) {
  const { t } = useTranslation()
  const { done, succeeded, cpuMs, concurrency, createdAt, finishedAt } = batch
  const facts = [
    [t('batches.succeeded'), count(succeeded)],
    [t('batches.notSucceeded'), count(done - succeeded)],
    [t('receipt.time.cpu'), duration(cpuMs)],
    [
      t('activity.took'),
      finishedAt === null ? '…' : duration(Date.parse(finishedAt) - Date.parse(createdAt)),
    ],
    [t('batches.concurrency'), count(concurrency)],
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
