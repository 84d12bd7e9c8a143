import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type Batch, listBatches } from '../api/batches.ts'
import type { Self } from '../api/self.ts'
import { ago, count, duration, moment } from '../text/formats.ts'
import { Page } from '../ui/page.tsx'
import { PagedTable, usePagedList } from '../ui/paged-list.tsx'
import { Badge, Empty, type Tone } from '../ui/parts.tsx'
import { useQueryText } from '../ui/query-text.ts'
import styles from '../ui/table.module.css'
import { ActivityTabs } from './activity-tabs.tsx'
import { BatchProgress } from './batch-progress.tsx'
import { ScopeSelect, scopeOf } from './scope-select.tsx'

/** How good the state of a batch is. */
export const BATCH_TONES = {
  running: 'accent',
  finished: 'good',
  cancelled: 'warn',
  interrupted: 'warn',
  failed: 'bad',
} as const satisfies Record<Batch['status'], Tone>

/** Batches, the newest first. */
export function BatchList({ self }: { readonly self: Self }) {
  const { t } = useTranslation()
  const [query, change] = useQueryText()
  const scope = scopeOf(query)
  const { list, items } = usePagedList(['batches', scope], (page) => listBatches({ scope, ...page }))
  return (
    <Page title={t('nav.activity')} lead={t('batches.lead')}>
      <ActivityTabs />
      {self.user.role === 'admin' && (
        <search className={styles.filters}>
          <ScopeSelect self={self} scope={scope} onChange={change} />
        </search>
      )}
      <PagedTable
        list={list}
        isEmpty={items.length === 0}
        empty={
          <Empty title={t('batches.emptyTitle')}>
            <p>{t('batches.empty')}</p>
          </Empty>
        }
      >
        <caption className="visually-hidden">{t('batches.title')}</caption>
        <thead>
          <tr>
            <th>{t('activity.status')}</th>
            <th>{t('batches.one')}</th>
            <th>{t('batches.progress')}</th>
            <th>{t('batches.succeeded')}</th>
            <th>{t('activity.when')}</th>
            <th>{t('receipt.time.cpu')}</th>
            {scope === 'all' && <th>{t('activity.user')}</th>}
          </tr>
        </thead>
        <tbody>
          {items.map((batch) => (
            <tr key={batch.id}>
              <td>
                <Badge tone={BATCH_TONES[batch.status]}>{t(`batches.statuses.${batch.status}`)}</Badge>
              </td>
              <td>
                <Link href={`/activity/batches/${batch.id}`}>
                  {t('batches.programs', { count: batch.programs, amount: count(batch.programs) })}
                </Link>{' '}
                <code>{batch.id.slice(-6)}</code>
              </td>
              <td>
                <BatchProgress batch={batch} />
              </td>
              <td>{count(batch.succeeded)}</td>
              <td title={moment(batch.createdAt)}>{ago(batch.createdAt)}</td>
              <td>{duration(batch.cpuMs)}</td>
              {scope === 'all' && (
                <td>
                  <code>{batch.userId}</code>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </PagedTable>
    </Page>
  )
}
