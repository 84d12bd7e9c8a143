import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type Anomaly, acknowledgeAnomaly, dismissAnomaly, listAnomalies } from '../api/admin.ts'
import { ago, count } from '../text/formats.ts'
import { PagedTable, usePagedList } from '../ui/paged-list.tsx'
import { Badge, Button, Empty, ProblemNotice, Select } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { type Deed, useDeed } from '../ui/use-deed.ts'
import { useEmails } from '../ui/user-emails.ts'

const STATES = ['open', 'acknowledged', 'dismissed'] as const
const TONES = { notice: 'plain', warning: 'warn', critical: 'bad' } as const

/** What was odd, with its reason, and what an administrator thinks of it. */
export function Anomalies() {
  const { t } = useTranslation()
  const [state, setState] = useState<(typeof STATES)[number] | undefined>('open')
  const { list, items } = usePagedList(
    ['anomalies', state ?? 'all'],
    async (page) => await listAnomalies(state === undefined ? page : { ...page, state }),
  )
  const { problem, isBusy, attempt } = useDeed()
  const emailOf = useEmails()
  return (
    <section className={table.section}>
      <div className={table.filters}>
        <Select
          label={t('admin.state')}
          value={state ?? ''}
          onChange={(event) => setState(STATES.find((each) => each === event.target.value))}
        >
          <option value="">{t('activity.any')}</option>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {t(`admin.states.${each}`)}
            </option>
          ))}
        </Select>
      </div>
      {problem && <ProblemNotice problem={problem} />}
      <PagedTable
        list={list}
        isEmpty={items.length === 0}
        empty={
          <Empty title={t('admin.nothingOdd')}>
            <p>{t('admin.nothingOddLead')}</p>
          </Empty>
        }
      >
        <thead>
          <tr>
            <th>{t('admin.rule')}</th>
            <th>{t('admin.reason')}</th>
            <th>{t('admin.seen')}</th>
            <th>{t('admin.state')}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((anomaly) => (
            <Row key={anomaly.id} {...{ anomaly, isBusy, attempt, emailOf }} />
          ))}
        </tbody>
      </PagedTable>
    </section>
  )
}

/** Programs of a batch have no page of their own. */
function placeOf(executionId: string): string {
  return executionId.startsWith('bat_') ? `/activity/batches/${executionId}` : `/activity/${executionId}`
}

function Row({
  anomaly: { id, rule, priority, sentence, count: times, lastSeen, state, executionId },
  isBusy,
  attempt,
  emailOf,
}: {
  readonly anomaly: Anomaly
  readonly isBusy: boolean
  readonly attempt: Deed['attempt']
  readonly emailOf: (id: string) => string
}) {
  const { t } = useTranslation()
  const rules: Readonly<Record<string, string>> = t('admin.rules', { returnObjects: true })
  return (
    <tr>
      <td>
        <Badge tone={TONES[priority]}>{t(`admin.priorities.${priority}`)}</Badge> <code>{rule}</code>
      </td>
      <td>
        {rules[rule]} <Link href={placeOf(executionId)}>{t('activity.one')}</Link>
        <p className={table.muted} lang="en">
          {sentence.replaceAll(/\busr_\w+/g, emailOf)}
        </p>
      </td>
      <td>{t('admin.times', { count: times, amount: count(times), ago: ago(lastSeen) })}</td>
      <td>
        {state === 'open' ? (
          <div className={table.row}>
            <Button isSmall disabled={isBusy} onClick={() => void attempt(() => acknowledgeAnomaly(id))}>
              {t('admin.acknowledge')}
            </Button>
            <Button isSmall disabled={isBusy} onClick={() => void attempt(() => dismissAnomaly(id))}>
              {t('admin.dismiss')}
            </Button>
          </div>
        ) : (
          t(`admin.states.${state}`)
        )}
      </td>
    </tr>
  )
}
