import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Machine, machinesQuery } from '../api/admin.ts'
import { problemOf } from '../api/problem.ts'
import { ago, count } from '../text/formats.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Badge, Empty, ProblemNotice, Waiting } from '../ui/parts.tsx'
import table from '../ui/table.module.css'

/** The machines that run code for the service, how full they are, and when they were heard of. */
export function Machines() {
  const { t } = useTranslation()
  const { data, error } = useQuery(machinesQuery)
  if (error) return <ProblemNotice problem={problemOf(error)} />
  if (!data) return <Waiting />
  const { items, runsItself } = data
  if (items.length === 0)
    return (
      <Empty title={t(runsItself ? 'admin.runsItself' : 'admin.noMachine')}>
        <p>{t(runsItself ? 'admin.runsItselfLead' : 'admin.noMachineLead')}</p>
      </Empty>
    )
  return (
    <section className={table.section} aria-label={t('admin.machines')}>
      <dl className={table.facts}>
        <div className={table.fact}>
          <dt>{t('admin.machines')}</dt>
          <dd>{count(items.length)}</dd>
        </div>
        <div className={table.fact}>
          <dt>{t('admin.slotsTaken')}</dt>
          <dd>{taken(t, { running: sum(items, 'running'), slots: sum(items, 'slots') })}</dd>
        </div>
      </dl>
      <DataTable>
        <thead>
          <tr>
            <th>{t('admin.name')}</th>
            <th>{t('admin.slotsTaken')}</th>
            <th>{t('admin.heard')}</th>
            <th>{t('admin.epoch')}</th>
            <th>{t('admin.versionOf')}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((machine) => (
            <tr key={machine.id}>
              <td>
                <code>{machine.id}</code>
              </td>
              <td>
                {taken(t, machine)}{' '}
                {machine.running >= machine.slots && <Badge tone="warn">{t('admin.full')}</Badge>}
              </td>
              <td>{heard(machine)}</td>
              <td>{count(machine.epoch)}</td>
              <td>{machine.version}</td>
            </tr>
          ))}
        </tbody>
      </DataTable>
    </section>
  )
}

function taken(
  t: ReturnType<typeof useTranslation>['t'],
  { running, slots }: Pick<Machine, 'running' | 'slots'>,
): string {
  return t('admin.usageOf', { used: count(running), limit: count(slots) })
}

function sum(machines: readonly Machine[], field: 'running' | 'slots'): number {
  return machines.reduce((total, machine) => total + machine[field], 0)
}

/** By the clocks of the service: that of this browser may be another one. */
function heard({ heardAt, silentSeconds }: Machine): string {
  return ago(heardAt, Date.parse(heardAt) + silentSeconds * 1000)
}
