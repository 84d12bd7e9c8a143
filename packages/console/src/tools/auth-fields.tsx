import { useTranslation } from 'react-i18next'
import type { ServiceProblem } from '../api/problem.ts'
import { Select, TextField } from '../ui/parts.tsx'
import type { AuthDraft } from './tool-draft.ts'

const TYPES = ['none', 'bearer', 'basic', 'api-key'] as const

/** How the service shows who it is to the one that a tool calls. What is stored is never told. */
export function AuthFields({
  auth,
  problem,
  onChange,
}: {
  readonly auth: AuthDraft
  readonly problem: ServiceProblem | null
  readonly onChange: (auth: AuthDraft) => void
}) {
  const { t } = useTranslation()
  const change = (part: Partial<AuthDraft>) => onChange({ ...auth, ...part })
  return (
    <>
      <Select
        label={t('tools.auth')}
        hint={t('tools.authHint')}
        value={auth.type}
        problem={problem?.of('auth')}
        onChange={(event) => change({ type: event.target.value as AuthDraft['type'] })}
      >
        {auth.type === 'kept' && <option value="kept">{t('tools.auths.kept')}</option>}
        {TYPES.map((type) => (
          <option key={type} value={type}>
            {t(`tools.auths.${type}`)}
          </option>
        ))}
      </Select>
      {auth.type === 'basic' && (
        <TextField
          label={t('tools.username')}
          autoComplete="off"
          value={auth.username}
          onChange={(event) => change({ username: event.target.value })}
        />
      )}
      {auth.type === 'api-key' && (
        <>
          <Select
            label={t('tools.place')}
            value={auth.in}
            onChange={(event) => change({ in: event.target.value === 'query' ? 'query' : 'header' })}
          >
            <option value="header">{t('tools.places.header')}</option>
            <option value="query">{t('tools.places.query')}</option>
          </Select>
          <TextField
            label={t('tools.keyName')}
            required
            value={auth.name}
            onChange={(event) => change({ name: event.target.value })}
          />
        </>
      )}
      {['bearer', 'basic', 'api-key'].includes(auth.type) && (
        <TextField
          label={t('tools.secret')}
          type="password"
          autoComplete="new-password"
          required
          value={auth.token}
          onChange={(event) => change({ token: event.target.value })}
        />
      )}
    </>
  )
}
