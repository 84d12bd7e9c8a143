import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import type { AuditEntry } from '../api/audit.ts'
import { Badge, type Tone } from './parts.tsx'

const TONES: Readonly<Record<AuditEntry['outcome'], Tone>> = {
  ...{ open: 'accent', success: 'good', error: 'bad', refused: 'warn', interrupted: 'warn' },
}

/** How it ended, what the audit tells of. */
export function AuditOutcome({ outcome }: Pick<AuditEntry, 'outcome'>) {
  const { t } = useTranslation()
  return <Badge tone={TONES[outcome]}>{t(`admin.outcomes.${outcome}`)}</Badge>
}

/** What was done, such as `tool.create`; where it is too long for its place it goes on after a dot. */
export function AuditAction({ action }: Pick<AuditEntry, 'action'>) {
  return (
    <code>
      {action.split('.').map((part, index) => (
        <Fragment key={index}>
          {index > 0 && (
            <>
              .<wbr />
            </>
          )}
          {part}
        </Fragment>
      ))}
    </code>
  )
}
