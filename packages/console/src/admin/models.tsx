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
  /** Which one is in the dialog; null where it is a new one. */
  const [edited, setEdited] = useState<Model | null | undefined>(undefined)
  const [sure, setSure] = useState<string | null>(null)
  const { problem, attempt } = useDeed()
  return (
    <section className={table.section}>
      <div>
        <Button icon="plus" kind="primary" onClick={() => setEdited(null)}>
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
            {models.items.map((each) => {
              const { id, name, model, baseUrl, hasApiKey, enabled } = each
              return (
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
                      aria-label={`${t('tools.edit')}: ${name}`}
                      onClick={() => setEdited(each)}
                    >
                      {t('tools.edit')}
                    </Button>
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
              )
            })}
          </tbody>
        </DataTable>
      )}
      <CutNotice list={models} />
      {edited !== undefined && <ModelDialog model={edited} onClose={() => setEdited(undefined)} />}
    </section>
  )
}

type Model = Awaited<ReturnType<typeof modelsQuery.queryFn>>['items'][number]

const LIMITS = ['maxSteps', 'maxSeconds', 'maxTokens'] as const

/** Sets a model up, or changes one that is there. */
function ModelDialog({ model, onClose }: { readonly model: Model | null; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const deed = useDeed()
  const { problem } = deed
  async function keep({ name = '', model: called = '', baseUrl = '', apiKey = '', ...rest }: Fields) {
    const given = LIMITS.filter((limit) => (rest[limit] ?? '') !== '')
    const limits = {
      // What is emptied is lifted.
      ...(model !== null && { maxTokens: null }),
      ...Object.fromEntries(given.map((limit) => [limit, Number(rest[limit])])),
    }
    const json = { name, model: called, baseUrl, limits, ...(apiKey === '' ? {} : { apiKey }) }
    const deedOf = () => (model === null ? createModel(json) : changeModel(model.id, json))
    if (await deed.attempt(deedOf)) onClose()
  }
  return (
    <DialogForm
      {...{ deed, onClose }}
      title={model === null ? t('admin.newModel') : `${t('tools.edit')}: ${model.name}`}
      submit={t(model === null ? 'tools.create' : 'admin.save')}
      onSubmit={keep}
    >
      <TextField
        label={t('admin.name')}
        hint={t('admin.modelNameHint')}
        name="name"
        autoFocus
        required
        defaultValue={model?.name ?? 'default'}
        problem={problem?.of('name')}
      />
      <TextField
        label={t('admin.baseUrl')}
        hint={t('admin.baseUrlHint')}
        name="baseUrl"
        type="url"
        required
        defaultValue={model?.baseUrl ?? ''}
        problem={problem?.of('baseUrl')}
      />
      <TextField
        label={t('agent.model')}
        hint={t('admin.modelHint')}
        name="model"
        required
        defaultValue={model?.model ?? ''}
        problem={problem?.of('model')}
      />
      <TextField
        label={t('admin.key')}
        hint={t(model?.hasApiKey ? 'admin.keyStays' : 'tools.authHint')}
        name="apiKey"
        type="password"
        autoComplete="new-password"
        problem={problem?.of('apiKey')}
      />
      {LIMITS.map((limit) => (
        <TextField
          key={limit}
          label={t(`admin.modelLimits.${limit}`)}
          name={limit}
          type="number"
          min={1}
          defaultValue={model?.limits[limit] ?? ''}
          problem={problem?.of(`limits.${limit}`)}
        />
      ))}
    </DialogForm>
  )
}
