import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { changeTool, type Tool } from '../api/tools.ts'
import { Button, Notice } from '../ui/parts.tsx'
import { changeOf, draftOf } from './tool-draft.ts'
import { ToolForm } from './tool-form.tsx'

/** A tool to change. What somebody has written stays when another one saves meanwhile, and is never saved over that. */
export function EditTool({ tool }: { readonly tool: Tool }) {
  const { t } = useTranslation()
  const [base, setBase] = useState(tool)
  const [phase, setPhase] = useState<'open' | 'saving' | 'saved'>('open')
  return (
    <>
      {phase === 'saved' && <Notice role="status">{t('tools.saved', { version: base.version })}</Notice>}
      {phase !== 'saving' && tool.version > base.version && (
        <Notice tone="warn" role="status">
          {t('tools.newer', { version: tool.version })}
          <div>
            <Button isSmall onClick={() => setBase(tool)}>
              {t('tools.takeNewer')}
            </Button>
          </div>
        </Notice>
      )}
      <ToolForm
        key={base.version}
        draft={draftOf(base)}
        submit={t('tools.save')}
        onSave={async (draft) => {
          setPhase('saving')
          try {
            setBase(await changeTool(base, changeOf(draft)))
            setPhase('saved')
          } catch (error) {
            setPhase('open')
            throw error
          }
        }}
      />
    </>
  )
}
