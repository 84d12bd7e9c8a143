import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Route, Switch } from 'wouter'
import type { Self } from '../api/self.ts'
import { Page } from '../ui/page.tsx'
import { Waiting } from '../ui/parts.tsx'
import { PageTabs } from '../ui/tabs.tsx'
import { Users } from './users.tsx'

const Keys = lazy(async () => ({ default: (await import('./keys.tsx')).Keys }))
const Models = lazy(async () => ({ default: (await import('./models.tsx')).Models }))
const Audit = lazy(async () => ({ default: (await import('./audit.tsx')).Audit }))
const Anomalies = lazy(async () => ({ default: (await import('./anomalies.tsx')).Anomalies }))
const Machines = lazy(async () => ({ default: (await import('./machines.tsx')).Machines }))
const Configuration = lazy(async () => ({ default: (await import('./operation.tsx')).Configuration }))
const Health = lazy(async () => ({ default: (await import('./operation.tsx')).Health }))

const PARTS = ['keys', 'models', 'audit', 'anomalies', 'machines', 'configuration', 'health'] as const

/** What administrators see to. */
export function Admin({ self }: { readonly self: Self }) {
  const { t } = useTranslation()
  const tabs = [
    ['/admin', t('admin.users')],
    ...PARTS.map((part) => [`/admin/${part}`, t(`admin.${part}`)] as const),
  ] as const
  return (
    <Page title={t('nav.admin')}>
      <PageTabs label={t('nav.admin')} tabs={tabs} />
      <Suspense fallback={<Waiting />}>
        <Switch>
          <Route path="/admin">
            <Users self={self} />
          </Route>
          <Route path="/admin/keys">
            <Keys scope="all" />
          </Route>
          <Route path="/admin/models">
            <Models />
          </Route>
          <Route path="/admin/audit">
            <Audit />
          </Route>
          <Route path="/admin/anomalies">
            <Anomalies />
          </Route>
          <Route path="/admin/machines">
            <Machines />
          </Route>
          <Route path="/admin/configuration">
            <Configuration />
          </Route>
          <Route path="/admin/health">
            <Health />
          </Route>
        </Switch>
      </Suspense>
    </Page>
  )
}
