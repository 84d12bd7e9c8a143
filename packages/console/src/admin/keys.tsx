import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { createKey, keysQuery, type NewKey, removeKey, usersQuery } from '../api/admin.ts'
import { problemOf } from '../api/problem.ts'
import { ago, moment } from '../text/formats.ts'
import { CutNotice } from '../ui/cut-notice.tsx'
import { DataTable } from '../ui/data-table.tsx'
import { DialogForm, type Fields } from '../ui/dialog-form.tsx'
import { Modal } from '../ui/modal.tsx'
import { Actions, Badge, Button, Empty, Notice, ProblemNotice, TextField, Waiting } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { useDeed } from '../ui/use-deed.ts'

const SCOPES = ['execute', 'tools:read', 'tools:write', 'audit:read', 'admin'] as const

/** Keys for programs: of the caller, or for administrators of everybody. */
export function Keys({ scope }: { readonly scope: 'mine' | 'all' }) {
  const { t } = useTranslation()
  const { data: keys, error } = useQuery(keysQuery(scope))
  const { data: users } = useQuery({ ...usersQuery, enabled: scope === 'all' })
  const [isOpen, setOpen] = useState(false)
  const [sure, setSure] = useState<string | null>(null)
  const { problem, attempt } = useDeed()
  return (
    <section className={table.section} aria-label={t('admin.keys')}>
      <div>
        <Button icon="plus" kind="primary" onClick={() => setOpen(true)}>
          {t('admin.newKey')}
        </Button>
      </div>
      {error && <ProblemNotice problem={problemOf(error)} />}
      {problem && <ProblemNotice problem={problem} />}
      {!keys && !error && <Waiting />}
      {keys?.items.length === 0 && (
        <Empty title={t('admin.noKeysTitle')}>
          <p>{t('admin.noKeys')}</p>
        </Empty>
      )}
      {keys && keys.items.length > 0 && (
        <DataTable>
          <thead>
            <tr>
              <th>{t('admin.name')}</th>
              <th>{t('admin.hint')}</th>
              <th>{t('admin.scopes')}</th>
              <th>{t('admin.expires')}</th>
              <th>{t('admin.used')}</th>
              {scope === 'all' && <th>{t('activity.user')}</th>}
              <th>
                <span className="visually-hidden">{t('admin.withdraw')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.items.map(({ id, name, hint, scopes, expiresAt, lastUsedAt, userId }) => (
              <tr key={id}>
                <td>{name}</td>
                <td>
                  <code>{hint}…</code>
                </td>
                <td>
                  {scopes.map((each) => (
                    <Badge key={each} tone={each === 'admin' ? 'warn' : 'plain'}>
                      {each}
                    </Badge>
                  ))}
                </td>
                <td>{expiresAt === null ? t('admin.never') : moment(expiresAt)}</td>
                <td>{lastUsedAt === null ? t('admin.never') : ago(lastUsedAt)}</td>
                {scope === 'all' && (
                  <td className={table.long}>
                    {users?.items.find((user) => user.id === userId)?.email ?? <code>{userId}</code>}
                  </td>
                )}
                <td>
                  <Button
                    isSmall
                    kind="danger"
                    aria-label={t('admin.withdrawOne', { name })}
                    onClick={() => (sure === id ? void attempt(() => removeKey(id)) : setSure(id))}
                  >
                    {t(sure === id ? 'admin.really' : 'admin.withdraw')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
      <CutNotice list={keys} />
      {isOpen && <NewKeyDialog onClose={() => setOpen(false)} />}
    </section>
  )
}

function NewKeyDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  const deed = useDeed()
  const { problem } = deed
  const [scopes, setScopes] = useState<NewKey['scopes']>(['execute'])
  const [key, setKey] = useState<string | null>(null)
  async function create({ name = '', expiresAt: until = '' }: Fields) {
    const expiresAt = until === '' ? null : new Date(`${until}T23:59:59`).toISOString()
    await deed.attempt(async () => setKey((await createKey({ name, scopes, expiresAt })).key))
  }
  if (key !== null)
    return (
      <Modal title={t('admin.keyMade')} onClose={onClose}>
        <Notice tone="warn">{t('admin.keyOnce')}</Notice>
        <pre className={table.code}>{key}</pre>
        <Actions>
          <Button icon="copy" onClick={() => void navigator.clipboard?.writeText(key)}>
            {t('admin.copy')}
          </Button>
          <Button kind="primary" onClick={onClose}>
            {t('admin.done')}
          </Button>
        </Actions>
      </Modal>
    )
  return (
    <DialogForm
      {...{ deed, onClose }}
      title={t('admin.newKey')}
      submit={t('tools.create')}
      isReady={scopes.length > 0}
      onSubmit={create}
    >
      <TextField
        label={t('admin.name')}
        name="name"
        autoFocus
        required
        maxLength={200}
        problem={problem?.of('name')}
      />
      <fieldset className={table.card}>
        <legend>{t('admin.scopes')}</legend>
        {SCOPES.map((scope) => (
          <label key={scope} className={table.row}>
            <input
              type="checkbox"
              checked={scopes.includes(scope)}
              onChange={() =>
                setScopes(
                  scopes.includes(scope) ? scopes.filter((each) => each !== scope) : [...scopes, scope],
                )
              }
            />
            <code>{scope}</code>
            <span className={table.muted}>{t(`admin.scopeLeads.${scope}`)}</span>
          </label>
        ))}
      </fieldset>
      <TextField label={t('admin.expires')} name="expiresAt" type="date" problem={problem?.of('expiresAt')} />
    </DialogForm>
  )
}
