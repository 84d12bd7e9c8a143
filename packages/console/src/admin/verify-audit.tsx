import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type AuditReport, verifyAudit } from '../api/audit.ts'
import { count } from '../text/formats.ts'
import { Badge, Button, Card, ProblemNotice } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { useDeed } from '../ui/use-deed.ts'

const SHOWN = 50

/** Verifies the log, and tells what was checked and whom it is good against. */
export function VerifyAudit() {
  const { t } = useTranslation()
  const { problem, isBusy, attempt } = useDeed()
  const [report, setReport] = useState<AuditReport | null>(null)
  return (
    <div className={table.section}>
      <p className={table.row}>
        <Button
          icon="shield"
          disabled={isBusy}
          onClick={() => void attempt(async () => setReport(await verifyAudit()))}
        >
          {t(isBusy ? 'admin.verifying' : 'admin.verify')}
        </Button>
        <a href="/api/v1/audit/export" download="audit.jsonl">
          {t('admin.exportAll')}
        </a>
      </p>
      {problem && <ProblemNotice problem={problem} />}
      {report && (
        <Card className={table.card}>
          <p className={table.row} role="status">
            <Badge tone={report.ok ? 'good' : 'bad'}>
              {t(report.ok ? 'admin.verified' : 'admin.notVerified')}
            </Badge>
            <span>{t('admin.checked', { checked: count(report.checked), size: count(report.size) })}</span>
            {report.waiting > 0 && <span>{t('admin.waiting', { amount: count(report.waiting) })}</span>}
          </p>
          <p className={table.muted}>{t(`admin.trust.${report.trust}`)}</p>
          <ul>
            {report.problems.slice(0, SHOWN).map(({ index, problem: text }) => (
              <li key={`${index} ${text}`}>
                {index !== null && <code>{index}</code>} {text}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  )
}
