import { useTranslation } from 'react-i18next'
import type { Self } from '../api/self.ts'
import { Select } from '../ui/parts.tsx'

/** Whose entries a list shows. */
export type Scope = 'mine' | 'all'

/** The scope that stands in the address. */
export function scopeOf(query: URLSearchParams): Scope {
  return query.get('scope') === 'all' ? 'all' : 'mine'
}

/** Lets an administrator choose whose entries are shown. */
export function ScopeSelect({
  self,
  scope,
  onChange,
}: {
  readonly self: Self
  readonly scope: Scope
  readonly onChange: (change: { readonly scope: string }) => void
}) {
  const { t } = useTranslation()
  if (self.user.role !== 'admin') return null
  return (
    <Select
      label={t('activity.whose')}
      value={scope}
      onChange={(event) => onChange({ scope: event.target.value === 'all' ? 'all' : '' })}
    >
      <option value="mine">{t('activity.mine')}</option>
      <option value="all">{t('activity.all')}</option>
    </Select>
  )
}
