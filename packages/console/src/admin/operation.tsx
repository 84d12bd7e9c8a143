import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { configurationQuery, healthQuery } from '../api/admin.ts'
import { problemOf } from '../api/problem.ts'
import { bytes, count } from '../text/formats.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Badge, ProblemNotice, TextField, Waiting } from '../ui/parts.tsx'
import table from '../ui/table.module.css'

/** The settings that hold, by the names of their variables. */
export function Configuration() {
  const { t } = useTranslation()
  const { data, error } = useQuery(configurationQuery)
  const [wanted, setWanted] = useState('')
  if (error) return <ProblemNotice problem={problemOf(error)} />
  if (!data) return <Waiting />
  const settings = Object.entries(data.settings).filter(([name]) =>
    name.toLowerCase().includes(wanted.toLowerCase()),
  )
  return (
    <section className={table.section}>
      <div className={table.filters}>
        <TextField
          label={t('tools.search')}
          type="search"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        <p className={table.muted}>{t('tools.version', { version: data.version })}</p>
      </div>
      <DataTable>
        <thead>
          <tr>
            <th>{t('admin.variable')}</th>
            <th>{t('admin.value')}</th>
          </tr>
        </thead>
        <tbody>
          {settings.map(([name, value]) => (
            <tr key={name}>
              <td>
                <code>{name}</code>
              </td>
              <td>
                <code>
                  {value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value)}
                </code>
              </td>
            </tr>
          ))}
        </tbody>
      </DataTable>
    </section>
  )
}

/** Whether the service can do its work, and what it does now. */
export function Health() {
  const { t } = useTranslation()
  const { data, error } = useQuery(healthQuery)
  if (error) return <ProblemNotice problem={problemOf(error)} />
  if (!data) return <Waiting />
  const { isReady, missing, gauges } = data
  const facts = [
    [t('activity.running'), count(gauges.executions_running ?? 0)],
    [t('admin.liveSessions'), count(gauges.sessions_live ?? 0)],
    [t('admin.memory'), bytes(gauges.process_resident_memory_bytes ?? 0)],
    [t('admin.requests'), count(gauges.http_request_duration_seconds_count ?? 0)],
  ] as const
  return (
    <section className={table.section}>
      <p>
        <Badge tone={isReady ? 'good' : 'bad'}>
          {isReady ? t('admin.ready') : t('admin.notReady', { what: missing.join(', ') })}
        </Badge>
      </p>
      <dl className={table.facts}>
        {facts.map(([name, value]) => (
          <div key={name} className={table.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
