import { useTranslation } from 'react-i18next'
import type { User } from '../api/admin.ts'
import { TextField } from '../ui/parts.tsx'
import table from '../ui/table.module.css'

const NAMES = [
  'concurrent',
  'perMinute',
  'cpuSecondsPerDay',
  'agentTokensPerDay',
  'storageBytes',
  'sessions',
  'tools',
  'apiKeys',
] as const

/** Limits of somebody's own; an empty field leaves what everybody has. */
export function QuotaForm({
  quotas,
  onChange,
}: {
  readonly quotas: User['quotas']
  readonly onChange: (quotas: User['quotas']) => void
}) {
  const { t } = useTranslation()
  const set = (name: (typeof NAMES)[number], text: string) => {
    const next = { ...quotas, [name]: text === '' ? undefined : Number(text) }
    const left = Object.entries(next).filter(([, value]) => value !== undefined)
    onChange(left.length === 0 ? null : Object.fromEntries(left))
  }
  return (
    <details>
      <summary>{t('admin.quotas')}</summary>
      <div className={table.two}>
        {NAMES.map((name) => (
          <TextField
            key={name}
            label={t(`admin.quotaNames.${name}`)}
            type="number"
            min={0}
            placeholder={t('admin.usual')}
            value={quotas?.[name] ?? ''}
            onChange={(event) => set(name, event.target.value)}
          />
        ))}
      </div>
    </details>
  )
}
