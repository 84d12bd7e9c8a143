import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { problemOf } from '../api/problem.ts'
import type { Self } from '../api/self.ts'
import { type Statistics, statisticsQuery } from '../api/statistics.ts'
import { count, duration } from '../text/formats.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'
import { Badge, Empty, ProblemNotice, Select, Waiting } from '../ui/parts.tsx'
import { useQueryText } from '../ui/query-text.ts'
import styles from '../ui/table.module.css'
import { ActivityTabs } from './activity-tabs.tsx'
import { STATUS_TONES } from './execution-list.tsx'
import { HeaviestTools, HeaviestUsers } from './heaviest.tsx'
import { RateChart } from './rate-chart.tsx'
import { ScopeSelect } from './scope-select.tsx'

const DAY_HOURS = 24
/** Hours back, by the name of what they are. */
const SPANS = { hour: 1, day: DAY_HOURS, week: 7 * DAY_HOURS } as const
const RATE_MINUTES = 5

/** What became of executions, in sum; for administrators those of everybody. */
export function Overview({ self }: { readonly self: Self }) {
  const { t } = useTranslation()
  const [query, change] = useQueryText()
  const isOfAll = self.user.role === 'admin' && query.get('scope') !== 'mine'
  const scope = isOfAll ? 'all' : 'mine'
  const span = (['hour', 'week'] as const).find((name) => name === query.get('span')) ?? 'day'
  const { data, error } = useQuery(statisticsQuery(scope, SPANS[span]))
  return (
    <Page title={t('nav.activity')} lead={t('activity.overviewLead')}>
      <ActivityTabs />
      <div className={styles.filters}>
        <Select
          label={t('activity.span')}
          value={span}
          onChange={({ target }) => change({ span: target.value === 'day' ? '' : target.value })}
        >
          {(['hour', 'day', 'week'] as const).map((name) => (
            <option key={name} value={name}>
              {t(`activity.spans.${name}`)}
            </option>
          ))}
        </Select>
        <ScopeSelect
          self={self}
          scope={scope}
          onChange={(wish) => change({ scope: wish.scope === 'all' ? '' : 'mine' })}
        />
      </div>
      {error && <ProblemNotice problem={problemOf(error)} />}
      {!data && !error && <Waiting />}
      {data && data.executions === 0 && (
        <Empty title={t('activity.emptyTitle')}>
          <p>{t('activity.empty')}</p>
        </Empty>
      )}
      {data && <Sums of={data} />}
    </Page>
  )
}

function Sums({ of }: { readonly of: Statistics }) {
  const { t } = useTranslation()
  const last = of.lastHour.slice(-RATE_MINUTES).reduce((sum, rate) => sum + rate, 0)
  const { pool, durationMs } = of
  const facts: (readonly [name: string, value: string, detail?: string])[] = [
    [t('activity.total'), count(of.executions)],
    [t('activity.rate'), count(last / RATE_MINUTES)],
    [t('activity.median'), durationMs === null ? '–' : duration(durationMs.p50)],
    [t('activity.slow'), durationMs === null ? '–' : duration(durationMs.p95)],
    [t('activity.cpu'), duration(of.cpuMs)],
    [t('activity.denials'), count(of.denials)],
  ]
  if (pool !== null) {
    const { warm, leased, starting } = pool.workers
    facts.push(
      [t('activity.running'), count(pool.running)],
      [t('activity.waiting'), count(pool.waiting)],
      [
        t('activity.workers'),
        count(warm + leased + starting),
        t('activity.workersOf', { warm, leased, starting }),
      ],
    )
  }
  return (
    <>
      <dl className={styles.facts}>
        {facts.map(([name, value, detail]) => (
          <div key={name} className={styles.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
            {detail !== undefined && <dd className={styles.detail}>{detail}</dd>}
          </div>
        ))}
      </dl>
      <section className={styles.section}>
        <h2>{t('activity.lastHour')}</h2>
        <RateChart rates={of.lastHour} />
      </section>
      <div className={styles.two}>
        <section className={styles.section}>
          <h2>{t('activity.outcomes')}</h2>
          <Outcomes of={of} />
        </section>
        {pool !== null && <HeaviestUsers shares={of.users} />}
        <HeaviestTools shares={of.tools} />
      </div>
    </>
  )
}

function Outcomes({ of: { outcomes, executions } }: { readonly of: Statistics }) {
  const { t } = useTranslation()
  if (outcomes.length === 0) return <p className={styles.muted}>{t('receipt.nothing')}</p>
  return (
    <DataTable>
      <tbody>
        {outcomes.map(({ status, executions: amount }) => (
          <tr key={status}>
            <td>
              <Badge tone={STATUS_TONES[status]}>{t(`activity.statuses.${status}`)}</Badge>
            </td>
            <td>{count(amount)}</td>
            <td>{count((100 * amount) / executions)} %</td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  )
}
