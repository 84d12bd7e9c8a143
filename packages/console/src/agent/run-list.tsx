import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { listAgentRuns } from '../api/agent.ts'
import { problemOf } from '../api/problem.ts'
import { ago, duration } from '../text/formats.ts'
import { MoreButton, usePagedList } from '../ui/paged-list.tsx'
import { Badge, ProblemNotice } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import styles from './agent.module.css'
import { RUN_TONES } from './run-tones.ts'

/** The runs that there were, the newest first: each with its task, and its answer where there is one. */
export function RunList() {
  const { t } = useTranslation()
  const { list, items } = usePagedList(['agent-runs', 'list'], listAgentRuns)
  if (list.error) return <ProblemNotice problem={problemOf(list.error)} />
  if (items.length === 0) return null
  return (
    <section className={table.section} aria-label={t('agent.runs')}>
      <h2>{t('agent.runs')}</h2>
      <ul className={styles.runs}>
        {items.map(({ id, status, steps, createdAt, seconds, task, answer }) => (
          <li key={id}>
            <Link href={`/agent/${id}`}>
              <Badge tone={RUN_TONES[status]}>{t(`agent.statuses.${status}`)}</Badge>
              <span className={styles.summary}>
                <span>{task}</span>
                {answer !== null && <span className={table.muted}>{shortText(answer)}</span>}
              </span>
              <span className={table.muted}>
                {t('agent.steps', { count: steps })} · {seconds === null ? '…' : duration(seconds * 1000)} ·{' '}
                {ago(createdAt)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <MoreButton list={list} />
    </section>
  )
}

/** An answer in a line. */
function shortText(answer: unknown): string {
  return (typeof answer === 'string' ? answer : JSON.stringify(answer)).slice(0, 200)
}
