import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'wouter'
import { removeTool, type Tool } from '../api/tools.ts'
import { Button, ProblemNotice, TextField } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { useDeed } from '../ui/use-deed.ts'

/** Deletes a tool for ever, once its name was typed. */
export function DeleteTool({ tool }: { readonly tool: Tool }) {
  const { t } = useTranslation()
  const [, go] = useLocation()
  const [typed, setTyped] = useState('')
  const { problem, attempt } = useDeed()
  const remove = async (event: FormEvent) => {
    event.preventDefault()
    if (typed === tool.name && (await attempt(() => removeTool(tool)))) go('/tools')
  }
  return (
    <form className={table.form} onSubmit={remove}>
      <p>{t('tools.deleteLead')}</p>
      <TextField
        label={t('tools.typeName', { name: tool.name })}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {problem && <ProblemNotice problem={problem} />}
      <div>
        <Button type="submit" kind="danger" icon="trash" disabled={typed !== tool.name}>
          {t('session.reallyDelete')}
        </Button>
      </div>
    </form>
  )
}
