import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Keys } from '../admin/keys.tsx'
import { good, selfQuery, service, signedOut } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import { limitsQuery, type Self } from '../api/self.ts'
import { bytes, count } from '../text/formats.ts'
import { chooseLanguage, LANGUAGES, type Language } from '../text/i18n.ts'
import { Page } from '../ui/page.tsx'
import { Button, Select } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import { chooseTheme, type Theme, useTheme } from '../ui/theme.ts'

/** What belongs to somebody's own browser and sign-in. */
export function Settings({ self }: { readonly self: Self }) {
  const { t, i18n } = useTranslation()
  const theme = useTheme()
  async function signOut() {
    await good(service.auth['sign-out'].$post()).catch(() => {})
    signedOut()
    await readAgain(...selfQuery.queryKey)
    // All that was read for this user goes with the page.
    location.assign('/')
  }
  return (
    <Page title={t('settings.title')} lead={self.user.email} width="narrow">
      <Select
        label={t('settings.language')}
        value={i18n.language}
        onChange={(event) => void chooseLanguage(event.target.value as Language)}
      >
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </Select>
      <Select
        label={t('settings.theme')}
        value={theme}
        onChange={(event) => chooseTheme(event.target.value as Theme)}
      >
        <option value="auto">{t('settings.themes.auto')}</option>
        <option value="light">{t('settings.themes.light')}</option>
        <option value="dark">{t('settings.themes.dark')}</option>
      </Select>
      <Usage />
      <section className={table.section}>
        <h2>{t('admin.keys')}</h2>
        <Keys scope="mine" />
      </section>
      <div>
        <Button onClick={signOut}>{t('settings.signOut')}</Button>
      </div>
    </Page>
  )
}

/** What is used up of what there is. */
function Usage() {
  const { t } = useTranslation()
  const { data } = useQuery({ ...limitsQuery, refetchInterval: 5000 })
  if (!data) return null
  const { quotas, used } = data
  const names = ['concurrent', 'perMinute', 'cpuSecondsPerDay', 'storageBytes'] as const
  return (
    <section className={table.section}>
      <h2>{t('admin.usage')}</h2>
      <dl className={table.facts}>
        {names.map((name) => {
          const shown = name === 'storageBytes' ? bytes : count
          return (
            <div key={name} className={table.fact}>
              <dt>{t(`admin.quotaNames.${name}`)}</dt>
              <dd className={table.used}>
                {t('admin.usageOf', { used: shown(used[name]), limit: shown(quotas[name]) })}
                <meter
                  aria-label={t(`admin.quotaNames.${name}`)}
                  min={0}
                  max={quotas[name]}
                  value={used[name]}
                />
              </dd>
            </div>
          )
        })}
      </dl>
    </section>
  )
}
