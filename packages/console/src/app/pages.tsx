import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Redirect, Route, Switch } from 'wouter'
import type { Self } from '../api/self.ts'
import { Empty, Waiting } from '../ui/parts.tsx'

const Playground = lazy(async () => ({ default: (await import('../playground/playground.tsx')).Playground }))
const Tools = lazy(async () => ({ default: (await import('../tools/tools.tsx')).Tools }))
const Activity = lazy(async () => ({ default: (await import('../activity/activity.tsx')).Activity }))
const Agent = lazy(async () => ({ default: (await import('../agent/agent.tsx')).Agent }))
const Admin = lazy(async () => ({ default: (await import('../admin/admin.tsx')).Admin }))
const Settings = lazy(async () => ({ default: (await import('./settings.tsx')).Settings }))

/** The page of an address. Each is loaded when it is wanted first. */
export function Pages({ self }: { readonly self: Self }) {
  const { t } = useTranslation()
  return (
    <Suspense fallback={<Waiting />}>
      <Switch>
        <Route path="/">
          <Redirect to="/playground" replace />
        </Route>
        <Route path="/playground/:session?">
          {({ session }) => <Playground sessionId={session ?? null} />}
        </Route>
        <Route path="/tools/*?">
          <Tools self={self} />
        </Route>
        <Route path="/activity/*?">
          <Activity self={self} />
        </Route>
        <Route path="/agent/*?">
          <Agent self={self} />
        </Route>
        {self.user.role === 'admin' && (
          <Route path="/admin/*?">
            <Admin self={self} />
          </Route>
        )}
        <Route path="/settings">
          <Settings self={self} />
        </Route>
        <Route>
          <Empty title={t('missing.title')}>
            <p>{t('missing.lead')}</p>
            <Link href="/playground">{t('missing.back')}</Link>
          </Empty>
        </Route>
      </Switch>
    </Suspense>
  )
}
