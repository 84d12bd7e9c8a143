import { useInfiniteQuery } from '@tanstack/react-query'
import { Fragment, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { listAudit } from '../api/audit.ts'
import { problemOf } from '../api/problem.ts'
import { TextView } from '../output/display-view.tsx'
import { moment } from '../text/formats.ts'
import { AuditAction, AuditOutcome } from '../ui/audit-words.tsx'
import { DataTable } from '../ui/data-table.tsx'
import { Button, Empty, ProblemNotice, TextField, Waiting } from '../ui/parts.tsx'
import { useQueryText } from '../ui/query-text.ts'
import table from '../ui/table.module.css'
import { useEmails } from '../ui/user-emails.ts'
import { ExportAudit } from './export-audit.tsx'
import { VerifyAudit } from './verify-audit.tsx'

const PAGE = 50

/** Who did what; what is looked for stands in the address. */
export function Audit() {
  const { t } = useTranslation()
  const [query, change] = useQueryText()
  const [open, setOpen] = useState<string | null>(null)
  const emailOf = useEmails()
  const text = (name: string) => query.get(name) ?? ''
  const filter = Object.fromEntries(
    ['actorId', 'action', 'resourceId'].flatMap((name) => (text(name) === '' ? [] : [[name, text(name)]])),
  )
  const list = useInfiniteQuery({
    queryKey: ['audit', 'list', filter],
    queryFn: async ({ pageParam }) => await listAudit({ ...filter, limit: PAGE, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })
  const entries = list.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section className={table.section}>
      <search className={table.filters}>
        <TextField
          label={t('activity.action')}
          placeholder="tool.create"
          value={text('action')}
          onChange={(event) => change({ action: event.target.value.replace(/[^a-z.-]/g, '').slice(0, 64) })}
        />
        <TextField
          label={t('admin.actor')}
          placeholder="usr_…"
          value={text('actorId')}
          onChange={(event) => change({ actorId: identifier(event.target.value) })}
        />
        <TextField
          label={t('admin.resource')}
          placeholder="exe_…"
          value={text('resourceId')}
          onChange={(event) => change({ resourceId: identifier(event.target.value) })}
        />
        <ExportAudit filter={filter} isEmpty={entries.length === 0} />
      </search>
      <VerifyAudit />
      {list.error && <ProblemNotice problem={problemOf(list.error)} />}
      {list.isPending && <Waiting />}
      {list.data && entries.length === 0 && <Empty title={t('admin.noEntries')} />}
      {entries.length > 0 && (
        <DataTable>
          <thead>
            <tr>
              <th>{t('activity.when')}</th>
              <th>{t('activity.action')}</th>
              <th>{t('activity.outcome')}</th>
              <th>{t('admin.actor')}</th>
              <th>{t('admin.resource')}</th>
              <th>
                <span className="visually-hidden">{t('admin.detail')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <Fragment key={entry.id}>
                <tr>
                  <td>{moment(entry.createdAt)}</td>
                  <td>
                    <AuditAction action={entry.action} />
                  </td>
                  <td>
                    <AuditOutcome outcome={entry.outcome} />
                  </td>
                  {[entry.actorId, entry.resourceId].map((id, column) => (
                    <td key={column === 0 ? 'actor' : 'resource'} className={table.long}>
                      <code title={id ?? undefined}>{id === null ? '–' : emailOf(id)}</code>
                    </td>
                  ))}
                  <td>
                    <Button
                      isSmall
                      aria-expanded={open === entry.id}
                      aria-label={`${t('admin.detail')}: ${entry.id}`}
                      onClick={() => setOpen(open === entry.id ? null : entry.id)}
                    >
                      {t('admin.detail')}
                    </Button>
                  </td>
                </tr>
                {open === entry.id && (
                  <tr>
                    <td colSpan={6}>
                      <TextView text={JSON.stringify(entry, null, 2)} />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </DataTable>
      )}
      {list.hasNextPage && (
        <div className={table.more}>
          <Button onClick={() => void list.fetchNextPage()}>{t('output.more')}</Button>
        </div>
      )}
    </section>
  )
}

function identifier(text: string): string {
  return text.replace(/[^\w-]/g, '').slice(0, 64)
}
