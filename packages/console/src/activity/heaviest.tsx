import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { usersQuery } from '../api/admin.ts'
import type { Statistics } from '../api/statistics.ts'
import { toolsQuery } from '../api/tools.ts'
import { duration } from '../text/formats.ts'
import { DataTable } from '../ui/data-table.tsx'
import styles from '../ui/table.module.css'

type Shares = Statistics['tools']

/** The users that took most CPU time; for administrators. */
export function HeaviestUsers({ shares }: { readonly shares: Shares }) {
  const { t } = useTranslation()
  const { data: users } = useQuery(usersQuery)
  const nameOf = (id: string) => {
    const user = users?.items.find((each) => each.id === id)
    if (user === undefined) return null
    return (
      <>
        {user.name} <span className={styles.muted}>{user.email}</span>
      </>
    )
  }
  return <Heaviest title={t('activity.heaviest.userId')} {...{ shares, nameOf }} />
}

/** The tools that took most CPU time. */
export function HeaviestTools({ shares }: { readonly shares: Shares }) {
  const { t } = useTranslation()
  const { data: tools } = useQuery(toolsQuery('all'))
  const nameOf = (id: string) => {
    const tool = tools?.items.find((each) => each.id === id)
    return tool === undefined ? null : <Link href={`/tools/${id}`}>{tool.name}</Link>
  }
  return <Heaviest title={t('activity.heaviest.toolId')} {...{ shares, nameOf }} />
}

/** What is gone, or is not among those that were read, stands there by its identifier. */
function Heaviest({
  title,
  shares,
  nameOf,
}: {
  readonly title: string
  readonly shares: Shares
  readonly nameOf: (id: string) => ReactNode
}) {
  const { t } = useTranslation()
  return (
    <section className={styles.section} aria-label={title}>
      <h2>{title}</h2>
      {shares.length === 0 ? (
        <p className={styles.muted}>{t('receipt.nothing')}</p>
      ) : (
        <DataTable>
          <tbody>
            {shares.map(({ id, executions, cpuMs }) => (
              <tr key={id}>
                <td className={styles.long}>{nameOf(id) ?? <code>{id}</code>}</td>
                <td className={styles.short}>{t('activity.runs', { count: executions })}</td>
                <td className={styles.short}>{duration(cpuMs)}</td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
    </section>
  )
}
