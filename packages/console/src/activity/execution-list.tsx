import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'wouter'
import { type ExecutionSummary, listExecutions } from '../api/executions.ts'
import type { Self } from '../api/self.ts'
import { ago, duration, moment } from '../text/formats.ts'
import { Page } from '../ui/page.tsx'
import { PagedTable, usePagedList } from '../ui/paged-list.tsx'
import { Badge, Button, buttonClass, Empty, Select, TextField, type Tone } from '../ui/parts.tsx'
import { useQueryText } from '../ui/query-text.ts'
import styles from '../ui/table.module.css'
import { ActivityTabs } from './activity-tabs.tsx'
import { LiveRuns } from './live-runs.tsx'
import { ScopeSelect, scopeOf } from './scope-select.tsx'

const STATUSES = ['queued', 'running', 'success', 'error', 'cancelled', 'interrupted', 'failed'] as const

/** How good a status is. */
export const STATUS_TONES = {
  ...{
    queued: 'accent',
    running: 'accent',
    success: 'good',
    error: 'bad',
    cancelled: 'warn',
    interrupted: 'warn',
    failed: 'bad',
  },
} as const satisfies Record<(typeof STATUSES)[number], Tone>

/** Executions, the newest first; what is looked for stands in the address. */
export function ExecutionList({ self }: { readonly self: Self }) {
  const { t } = useTranslation()
  const [query, change] = useQueryText()
  const [, go] = useLocation()
  const [chosen, setChosen] = useState<readonly string[]>([])
  const filter = {
    scope: scopeOf(query),
    status: STATUSES.find((status) => status === query.get('status')),
    ...(query.get('toolId') ? { toolId: query.get('toolId') ?? '' } : {}),
    ...(query.get('sessionId') ? { sessionId: query.get('sessionId') ?? '' } : {}),
  }
  const { list, items } = usePagedList(['executions', filter], (page) =>
    listExecutions({ ...filter, ...page }),
  )
  // Those that go on come first.
  const sorted = [
    ...items.filter(({ status }) => status === 'running'),
    ...items.filter(({ status }) => status !== 'running'),
  ]
  const toggle = (id: string) =>
    setChosen(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen.slice(-1), id])
  const isAll = filter.scope === 'all'
  return (
    <Page
      title={t('nav.activity')}
      lead={t('activity.lead')}
      actions={
        <Button disabled={chosen.length !== 2} onClick={() => go(`/activity/compare/${chosen.join('/')}`)}>
          {t('activity.compare')}
        </Button>
      }
    >
      <ActivityTabs />
      <LiveRuns scope={filter.scope} />
      <search className={styles.filters}>
        <Select
          label={t('activity.status')}
          value={filter.status ?? ''}
          onChange={(event) => change({ status: event.target.value })}
        >
          <option value="">{t('activity.any')}</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {t(`activity.statuses.${status}`)}
            </option>
          ))}
        </Select>
        <ScopeSelect self={self} scope={filter.scope} onChange={change} />
        <TextField
          label={t('activity.tool')}
          value={query.get('toolId') ?? ''}
          placeholder="tool_…"
          onChange={(event) => change({ toolId: identifier(event.target.value) })}
        />
        <TextField
          label={t('activity.session')}
          value={query.get('sessionId') ?? ''}
          placeholder="ses_…"
          onChange={(event) => change({ sessionId: identifier(event.target.value) })}
        />
      </search>
      <PagedTable
        list={list}
        isEmpty={sorted.length === 0}
        empty={
          <Empty title={t('activity.emptyTitle')}>
            <p>{t('activity.empty')}</p>
            <Link className={buttonClass('primary')} href="/playground">
              {t('missing.back')}
            </Link>
          </Empty>
        }
      >
        <caption className="visually-hidden">{t('nav.activity')}</caption>
        <thead>
          <tr>
            <th>{t('activity.choose')}</th>
            <th>{t('activity.status')}</th>
            <th>{t('activity.what')}</th>
            <th>{t('activity.when')}</th>
            <th>{t('activity.took')}</th>
            <th>{t('receipt.time.cpu')}</th>
            {isAll && <th>{t('activity.user')}</th>}
          </tr>
        </thead>
        <tbody>
          {sorted.map((item) => (
            <Row
              key={item.id}
              item={item}
              isAll={isAll}
              isChosen={chosen.includes(item.id)}
              onChoose={() => toggle(item.id)}
            />
          ))}
        </tbody>
      </PagedTable>
    </Page>
  )
}

function Row({
  item,
  isAll,
  isChosen,
  onChoose,
}: {
  readonly item: ExecutionSummary
  readonly isAll: boolean
  readonly isChosen: boolean
  readonly onChoose: () => void
}) {
  const { t } = useTranslation()
  const { id, status, toolId, sessionId, createdAt, finishedAt, cpuMs, userId } = item
  const kind = toolId !== null ? 'tool' : sessionId !== null ? 'session' : 'code'
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          checked={isChosen}
          onChange={onChoose}
          aria-label={t('activity.chooseOne', { id })}
        />
      </td>
      <td>
        <Badge tone={STATUS_TONES[status]}>{t(`activity.statuses.${status}`)}</Badge>
      </td>
      <td>
        <Link href={`/activity/${id}`}>{t(`activity.kinds.${kind}`)}</Link> <code>{id.slice(-6)}</code>
      </td>
      <td title={moment(createdAt)}>{ago(createdAt)}</td>
      <td>{finishedAt === null ? '…' : duration(Date.parse(finishedAt) - Date.parse(createdAt))}</td>
      <td>{duration(cpuMs)}</td>
      {isAll && (
        <td>
          <code>{userId}</code>
        </td>
      )}
    </tr>
  )
}

/** Only what an identifier may hold is asked for. */
function identifier(text: string): string {
  return text.replace(/[^\w-]/g, '').slice(0, 64)
}
