import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { changeUser, createUser, removeUser, type User, usersQuery } from '../api/admin.ts'
import { problemOf } from '../api/problem.ts'
import type { Self } from '../api/self.ts'
import { CutNotice } from '../ui/cut-notice.tsx'
import { DataTable } from '../ui/data-table.tsx'
import { DialogForm, type Fields } from '../ui/dialog-form.tsx'
import { Badge, Button, ProblemNotice, Select, TextField, Waiting } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { useDeed } from '../ui/use-deed.ts'
import { QuotaForm } from './quota-form.tsx'

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
        <DataTable>
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
            {users.items.map((user) => (
              <tr key={user.id}>
                <td className={table.long}>{user.name}</td>
                <td className={table.long}>{user.email}</td>
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
        </DataTable>
      )}
      <CutNotice list={users} />
      {open === 'new' && <NewUserDialog onClose={() => setOpen(null)} />}
      {open !== null && open !== 'new' && (
        <UserDialog user={open} isSelf={open.id === self.user.id} onClose={() => setOpen(null)} />
      )}
    </section>
  )
}

function NewUserDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  const deed = useDeed()
  const { problem } = deed
  async function create({ email = '', name = '', password = '', role }: Fields) {
    const made = { email, name, password, role: role === 'admin' ? ('admin' as const) : ('user' as const) }
    if (await deed.attempt(() => createUser(made))) onClose()
  }
  return (
    <DialogForm
      {...{ deed, onClose }}
      title={t('admin.newUser')}
      submit={t('tools.create')}
      onSubmit={create}
    >
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
    </DialogForm>
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
  const deed = useDeed()
  const { problem } = deed
  const [quotas, setQuotas] = useState(user.quotas)
  const [isSure, setSure] = useState(false)
  async function save({ name = '', password = '', role }: Fields) {
    const change = {
      ...{ name, quotas },
      ...(isSelf ? {} : { role: role === 'admin' ? ('admin' as const) : ('user' as const) }),
      ...(password === '' ? {} : { password }),
    }
    if (await deed.attempt(() => changeUser(user.id, change))) onClose()
  }
  const closing = (work: () => Promise<unknown>) => async () => {
    if (await deed.attempt(work)) onClose()
  }
  return (
    <DialogForm
      {...{ deed, onClose }}
      title={user.email}
      submit={t('admin.save')}
      onSubmit={save}
      buttons={
        !isSelf && (
          <>
            <Button onClick={closing(() => changeUser(user.id, { disabled: !user.disabled }))}>
              {t(user.disabled ? 'tools.enable' : 'tools.disable')}
            </Button>
            <Button
              kind="danger"
              icon="trash"
              onClick={isSure ? closing(() => removeUser(user.id)) : () => setSure(true)}
            >
              {t(isSure ? 'session.reallyDelete' : 'session.delete')}
            </Button>
          </>
        )
      }
    >
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
    </DialogForm>
  )
}
