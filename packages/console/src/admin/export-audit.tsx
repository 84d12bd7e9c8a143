import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type AuditEntry, type AuditQuery, foundAudit, MOST_FOUND } from '../api/audit.ts'
import { count } from '../text/formats.ts'
import { Button, ProblemNotice } from '../ui/parts.tsx'
import { saveFile } from '../ui/save-file.ts'
import table from '../ui/table.module.css'
import { useDeed } from '../ui/use-deed.ts'

/** Saves all that was looked for as a file, also what is not listed yet. */
export function ExportAudit({ filter, isEmpty }: { readonly filter: AuditQuery; readonly isEmpty: boolean }) {
  const { t } = useTranslation()
  const { problem, isBusy, attempt } = useDeed()
  const [isCut, setCut] = useState(false)
  const save = async () => {
    const found = await foundAudit(filter)
    setCut(found.isCut)
    saveFile('audit.jsonl', linesOf(found.items), 'application/jsonl')
  }
  return (
    <>
      <Button icon="download" disabled={isEmpty || isBusy} onClick={() => void attempt(save)}>
        {t('admin.export')}
      </Button>
      {isCut && (
        <p className={table.muted} role="status">
          {t('admin.exportCut', { amount: count(MOST_FOUND) })}
        </p>
      )}
      {problem && <ProblemNotice problem={problem} />}
    </>
  )
}

/** One entry a line. */
function linesOf(entries: readonly AuditEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
}
