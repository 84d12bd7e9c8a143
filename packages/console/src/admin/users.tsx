import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { changeUser, createUser, removeUser, type User, usersQuery } from '../api/admin.ts'
import { problemOf } from '../api/problem.ts'
import type { Self } from '../api/self.ts'
import { Modal } from '../ui/modal.tsx'
import { Actions, Badge, Button, ProblemNotice, Select, TextField, Waiting } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { QuotaForm } from './quota-form.tsx'
import { useDeed } from './use-deed.ts'

/** Users: made, changed, disabled, deleted. */
export function Users({ self }: { readonly self: Self }) {
  const { t } = useTranslation()
  const { data: users, error } = useQuery(usersQuery)
  const [open, setOpen] = useState<'new' | User | null>(null)
  return (
    <section className={table.section}>
      <div>
        <Button kind="primary" icon="plus" onClick={() => setOpen('new')}>
          {t('admin.newUser')}
        </Button>
      </div>
      {error && <ProblemNotice problem={problemOf(error)} />}
      {!users && !error && <Waiting />}
      {users && (
        <div className={table.frame}>
          <table className={table.table}>
            <thead>
              <tr>
                <th>{t('admin.name')}</th>
                <th>{t('signIn.email')}</th>
                <th>{t('admin.role')}</th>
                <th>{t('activity.status')}</th>
                <th>{t('admin.quotas')}</th>
                <th>
                  <span className="visually-hidden">{t('tools.edit')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {users.map((user) => (
                <tr key={user.id}>
                  <td>{user.name}</td>
                  <td>{user.email}</td>
                  <td>{t(`admin.roles.${user.role}`)}</td>
                  <td>
                    <Badge tone={user.disabled ? 'warn' : 'good'}>
                      {t(user.disabled ? 'tools.disabled' : 'tools.enabled')}
                    </Badge>
                  </td>
                  <td>{user.quotas === null ? t('admin.usual') : Object.keys(user.quotas).length}</td>
                  <td>
                    <Button
                      isSmall
                      onClick={() => setOpen(user)}
                      aria-label={t('admin.editOf', { name: user.email })}
                    >
                      {t('tools.edit')}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {open === 'new' && <NewUserDialog onClose={() => setOpen(null)} />}
      {open !== null && open !== 'new' && (
        <UserDialog user={open} isSelf={open.id === self.user.id} onClose={() => setOpen(null)} />
      )}
    </section>
  )
}

function NewUserDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  const { problem, isBusy, attempt } = useDeed()
  async function create(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>
    const { email = '', name = '', password = '', role } = fields
    const made = { email, name, password, role: role === 'admin' ? ('admin' as const) : ('user' as const) }
    if (await attempt(() => createUser(made))) onClose()
  }
  return (
    <Modal title={t('admin.newUser')} onClose={onClose}>
      <form className={table.form} onSubmit={create}>
        <TextField
          label={t('signIn.email')}
          name="email"
          autoFocus
          type="email"
          required
          problem={problem?.of('email')}
        />
        <TextField label={t('admin.name')} name="name" required problem={problem?.of('name')} />
        <TextField
          label={t('signIn.password')}
          hint={t('admin.passwordHint')}
          name="password"
          type="password"
          autoComplete="new-password"
          required
          minLength={12}
          problem={problem?.of('password')}
        />
        <RoleSelect />
        {problem && <ProblemNotice problem={problem} />}
        <Actions>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" kind="primary" disabled={isBusy}>
            {t('tools.create')}
          </Button>
        </Actions>
      </form>
    </Modal>
  )
}

function RoleSelect({ initial = 'user' }: { readonly initial?: User['role'] }) {
  const { t } = useTranslation()
  return (
    <Select label={t('admin.role')} name="role" defaultValue={initial}>
      <option value="user">{t('admin.roles.user')}</option>
      <option value="admin">{t('admin.roles.admin')}</option>
    </Select>
  )
}

function UserDialog({
  user,
  isSelf,
  onClose,
}: {
  readonly user: User
  readonly isSelf: boolean
  readonly onClose: () => void
}) {
  const { t } = useTranslation()
  const { problem, isBusy, attempt } = useDeed()
  const [quotas, setQuotas] = useState(user.quotas)
  const [isSure, setSure] = useState(false)
  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>
    const { name = '', password = '', role } = fields
    const change = {
      ...{ name, quotas },
      ...(isSelf ? {} : { role: role === 'admin' ? ('admin' as const) : ('user' as const) }),
      ...(password === '' ? {} : { password }),
    }
    if (await attempt(() => changeUser(user.id, change))) onClose()
  }
  const deed = (work: () => Promise<unknown>) => async () => {
    if (await attempt(work)) onClose()
  }
  return (
    <Modal title={user.email} onClose={onClose}>
      <form className={table.form} onSubmit={save}>
        <TextField
          label={t('admin.name')}
          name="name"
          autoFocus
          required
          defaultValue={user.name}
          problem={problem?.of('name')}
        />
        {!isSelf && <RoleSelect initial={user.role} />}
        {!isSelf && (
          <TextField
            label={t('admin.newPassword')}
            hint={t('admin.passwordHint')}
            name="password"
            type="password"
            autoComplete="new-password"
            minLength={12}
            problem={problem?.of('password')}
          />
        )}
        <QuotaForm quotas={quotas} onChange={setQuotas} />
        {problem && <ProblemNotice problem={problem} />}
        <Actions>
          {!isSelf && (
            <Button onClick={deed(() => changeUser(user.id, { disabled: !user.disabled }))}>
              {t(user.disabled ? 'tools.enable' : 'tools.disable')}
            </Button>
          )}
          {!isSelf && (
            <Button
              kind="danger"
              icon="trash"
              onClick={isSure ? deed(() => removeUser(user.id)) : () => setSure(true)}
            >
              {t(isSure ? 'session.reallyDelete' : 'session.delete')}
            </Button>
          )}
          <Button type="submit" kind="primary" disabled={isBusy}>
            {t('admin.save')}
          </Button>
        </Actions>
      </form>
    </Modal>
  )
}
