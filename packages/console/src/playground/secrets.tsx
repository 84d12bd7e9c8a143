import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { removeSecret, type SecretOwner, secretsQuery } from '../api/secrets.ts'
import { ago } from '../text/formats.ts'
import { DataTable } from '../ui/data-table.tsx'
import { Button, ProblemNotice } from '../ui/parts.tsx'
import table from '../ui/table.module.css'

/** Loaded when somebody writes a secret: most people who run code never do. */
const SecretDialog = lazy(async () => ({ default: (await import('./secret-dialog.tsx')).SecretDialog }))

/** Secrets that code uses and never sees: they are written here, and read nowhere. */
export function Secrets({ owner }: { readonly owner: SecretOwner }) {
  const { t } = useTranslation()
  const { data: secrets = [], error } = useQuery(secretsQuery(owner))
  const [editing, setEditing] = useState<{ readonly name: string; readonly hosts: string } | null>(null)
  const [sure, setSure] = useState<string | null>(null)
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const remove = (name: string) =>
    removeSecret(owner, name).then(
      () => setProblem(null),
      (thrown: unknown) => setProblem(problemOf(thrown)),
    )
  return (
    <section className={table.section} aria-label={t('secrets.title')}>
      <p className={table.muted}>{t('secrets.lead')}</p>
      <div>
        <Button isSmall icon="plus" onClick={() => setEditing({ name: '', hosts: '' })}>
          {t('secrets.new')}
        </Button>
      </div>
      {error && <ProblemNotice problem={problemOf(error)} />}
      {problem && <ProblemNotice problem={problem} />}
      {secrets.length > 0 && (
        <DataTable>
          <thead>
            <tr>
              <th>{t('secrets.name')}</th>
              <th>{t('secrets.hosts')}</th>
              <th>{t('secrets.changed')}</th>
              <th>
                <span className="visually-hidden">{t('secrets.replace')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {secrets.map(({ name, hosts, changedAt }) => (
              <tr key={name}>
                <td>
                  <code>{name}</code>
                </td>
                <td>{hosts.join(', ')}</td>
                <td>{ago(changedAt)}</td>
                <td className={table.row}>
                  <Button
                    isSmall
                    aria-label={t('secrets.replaceOne', { name })}
                    onClick={() => setEditing({ name, hosts: hosts.join(', ') })}
                  >
                    {t('secrets.replace')}
                  </Button>
                  <Button
                    isSmall
                    kind="danger"
                    aria-label={t(sure === name ? 'secrets.reallyOne' : 'secrets.deleteOne', { name })}
                    onClick={() => (sure === name ? void remove(name) : setSure(name))}
                  >
                    {t(sure === name ? 'session.reallyDelete' : 'session.delete')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
      {editing && (
        <Suspense>
          <SecretDialog owner={owner} {...editing} onClose={() => setEditing(null)} />
        </Suspense>
      )}
    </section>
  )
}
