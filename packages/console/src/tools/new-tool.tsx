import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'wouter'
import type { Self } from '../api/self.ts'
import { createTool } from '../api/tools.ts'
import { Page } from '../ui/page.tsx'
import { newDraft, newToolOf } from './tool-draft.ts'
import { ToolForm } from './tool-form.tsx'

/** A tool that there is not yet. */
export function NewToolPage({ kind, self }: { readonly kind: 'python' | 'openapi'; readonly self: Self }) {
  const { t } = useTranslation()
  const [, go] = useLocation()
  const [isSystem, setSystem] = useState(false)
  return (
    <Page
      title={t(kind === 'python' ? 'tools.newPython' : 'tools.newOpenapi')}
      lead={t(`tools.leads.${kind}`)}
    >
      {self.user.role === 'admin' && (
        <label>
          <input type="checkbox" checked={isSystem} onChange={(event) => setSystem(event.target.checked)} />{' '}
          {t('tools.forAll')}
        </label>
      )}
      <ToolForm
        draft={newDraft(kind)}
        submit={t('tools.create')}
        onSave={async (draft) => {
          const { id } = await createTool({ ...newToolOf(draft), ...(isSystem ? { system: true } : {}) })
          go(`/tools/${id}`)
        }}
      />
    </Page>
  )
}
