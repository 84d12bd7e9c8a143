import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { changeModel, createModel, removeModel } from '../api/admin.ts'
import { modelsQuery } from '../api/agent.ts'
import { problemOf } from '../api/problem.ts'
import { CutNotice } from '../ui/cut-notice.tsx'
import { DataTable } from '../ui/data-table.tsx'
import { DialogForm, type Fields } from '../ui/dialog-form.tsx'
import { Badge, Button, Empty, ProblemNotice, TextField, Waiting } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { useDeed } from '../ui/use-deed.ts'

/** Language models that agents may use. */
export function Models() {
  const { t } = useTranslation()
  const { data: models, error } = useQuery(modelsQuery)
  const [isOpen, setOpen] = useState(false)
  const [sure, setSure] = useState<string | null>(null)
  const { problem, attempt } = useDeed()
  return (
    <section className={table.section}>
      <div>
        <Button icon="plus" kind="primary" onClick={() => setOpen(true)}>
          {t('admin.newModel')}
        </Button>
      </div>
      {error && <ProblemNotice problem={problemOf(error)} />}
      {problem && <ProblemNotice problem={problem} />}
      {!models && !error && <Waiting />}
      {models?.items.length === 0 && (
        <Empty title={t('agent.noModelTitle')}>
          <p>{t('agent.noModelAdmin')}</p>
        </Empty>
      )}
      {models && models.items.length > 0 && (
        <DataTable>
          <thead>
            <tr>
              <th>{t('admin.name')}</th>
              <th>{t('agent.model')}</th>
              <th>{t('admin.baseUrl')}</th>
              <th>{t('admin.key')}</th>
              <th>{t('activity.status')}</th>
              <th>
                <span className="visually-hidden">{t('tools.edit')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {models.items.map(({ id, name, model, baseUrl, hasApiKey, enabled }) => (
              <tr key={id}>
                <td>{name}</td>
                <td>{model}</td>
                <td>
                  <code>{baseUrl}</code>
                </td>
                <td>{t(hasApiKey ? 'admin.hasKey' : 'admin.noKey')}</td>
                <td>
                  <Badge tone={enabled ? 'good' : 'warn'}>
                    {t(enabled ? 'tools.enabled' : 'tools.disabled')}
                  </Badge>
                </td>
                <td className={table.row}>
                  <Button
                    isSmall
                    aria-label={`${t(enabled ? 'tools.disable' : 'tools.enable')}: ${name}`}
                    onClick={() => void attempt(() => changeModel(id, { enabled: !enabled }))}
                  >
                    {t(enabled ? 'tools.disable' : 'tools.enable')}
                  </Button>
                  <Button
                    isSmall
                    kind="danger"
                    aria-label={`${t('session.delete')}: ${name}`}
                    onClick={() => (sure === id ? void attempt(() => removeModel(id)) : setSure(id))}
                  >
                    {t(sure === id ? 'admin.really' : 'session.delete')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
      <CutNotice list={models} />
      {isOpen && <NewModelDialog onClose={() => setOpen(false)} />}
    </section>
  )
}

function NewModelDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  const deed = useDeed()
  const { problem } = deed
  async function create({ name = '', model = '', baseUrl = '', apiKey = '' }: Fields) {
    const made = { name, model, baseUrl, ...(apiKey === '' ? {} : { apiKey }) }
    if (await deed.attempt(() => createModel(made))) onClose()
  }
  return (
    <DialogForm
      {...{ deed, onClose }}
      title={t('admin.newModel')}
      submit={t('tools.create')}
      onSubmit={create}
    >
      <TextField
        label={t('admin.name')}
        hint={t('admin.modelNameHint')}
        name="name"
        autoFocus
        required
        defaultValue="default"
        problem={problem?.of('name')}
      />
      <TextField
        label={t('admin.baseUrl')}
        hint={t('admin.baseUrlHint')}
        name="baseUrl"
        type="url"
        required
        problem={problem?.of('baseUrl')}
      />
      <TextField
        label={t('agent.model')}
        hint={t('admin.modelHint')}
        name="model"
        required
        problem={problem?.of('model')}
      />
      <TextField
        label={t('admin.key')}
        hint={t('tools.authHint')}
        name="apiKey"
        type="password"
        autoComplete="new-password"
        problem={problem?.of('apiKey')}
      />
    </DialogForm>
  )
}
