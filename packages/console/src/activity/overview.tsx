import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type ExecutionSummary, listExecutions } from '../api/executions.ts'
import { problemOf } from '../api/problem.ts'
import type { Self } from '../api/self.ts'
import { count, duration } from '../text/formats.ts'
import { Page } from '../ui/page.tsx'
import { Badge, Empty, ProblemNotice, Waiting } from '../ui/parts.tsx'
import styles from '../ui/table.module.css'
import { ActivityTabs } from './activity-tabs.tsx'
import { STATUS_TONES } from './execution-list.tsx'
import { RateChart } from './rate-chart.tsx'
import { heaviest, outcomes, percentile, perMinute } from './sums.ts'

const PAGES = 5

/** The last executions in sum; for administrators those of everybody. */
export function Overview({ self }: { readonly self: Self }) {
  const { t } = useTranslation()
  const scope = self.user.role === 'admin' ? ('all' as const) : ('mine' as const)
  const { data: items, error } = useQuery({
    queryKey: ['executions', 'overview', scope],
    queryFn: () => lastExecutions(scope),
    refetchInterval: 10_000,
  })
  return (
    <Page title={t('nav.activity')} lead={t('activity.overviewLead', { count: items?.length ?? 0 })}>
      <ActivityTabs />
      {error && <ProblemNotice problem={problemOf(error)} />}
      {!items && !error && <Waiting />}
      {items?.length === 0 && (
        <Empty title={t('activity.emptyTitle')}>
          <p>{t('activity.empty')}</p>
        </Empty>
      )}
      {items && items.length > 0 && <Sums items={items} />}
    </Page>
  )
}

async function lastExecutions(scope: 'all' | 'mine'): Promise<readonly ExecutionSummary[]> {
  const found: ExecutionSummary[] = []
  let cursor: string | undefined
  for (let page = 0; page < PAGES; page += 1) {
    const { items, nextCursor } = await listExecutions({ scope, limit: 100, cursor })
    found.push(...items)
    if (nextCursor === null) break
    cursor = nextCursor
  }
  return found
}

function Sums({ items }: { readonly items: readonly ExecutionSummary[] }) {
  const { t } = useTranslation()
  const rates = perMinute(items, Date.now(), 60)
  const facts = [
    [t('activity.rate'), count(rates.slice(-5).reduce((sum, rate) => sum + rate, 0) / 5)],
    [t('activity.running'), count(items.filter(({ status }) => status === 'running').length)],
    [t('activity.median'), duration(percentile(items, 0.5))],
    [t('activity.slow'), duration(percentile(items, 0.95))],
  ] as const
  return (
    <>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name} className={styles.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <section className={styles.section}>
        <h2>{t('activity.lastHour')}</h2>
        <RateChart rates={rates} />
      </section>
      <div className={styles.two}>
        <section className={styles.section}>
          <h2>{t('activity.outcomes')}</h2>
          <div className={styles.frame}>
            <table className={styles.table}>
              <tbody>
                {outcomes(items).map(([status, amount]) => (
                  <tr key={status}>
                    <td>
                      <Badge tone={STATUS_TONES[status]}>{t(`activity.statuses.${status}`)}</Badge>
                    </td>
                    <td>{count(amount)}</td>
                    <td>{count((100 * amount) / items.length)} %</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
        {(['userId', 'toolId'] as const).map((by) => (
          <section key={by} className={styles.section}>
            <h2>{t(`activity.heaviest.${by}`)}</h2>
            <Heaviest items={items} by={by} />
          </section>
        ))}
      </div>
    </>
  )
}

function Heaviest({
  items,
  by,
}: {
  readonly items: readonly ExecutionSummary[]
  readonly by: 'userId' | 'toolId'
}) {
  const { t } = useTranslation()
  const rows = heaviest(items, by)
  if (rows.length === 0) return <p className={styles.muted}>{t('receipt.nothing')}</p>
  return (
    <div className={styles.frame}>
      <table className={styles.table}>
        <tbody>
          {rows.map(([id, cpuMs, runs]) => (
            <tr key={id}>
              <td>
                <code>{id}</code>
              </td>
              <td>{t('activity.runs', { count: runs })}</td>
              <td>{duration(cpuMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
