import { lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import type { Self } from '../api/self.ts'
import { Waiting } from '../ui/parts.tsx'
import { ExecutionList } from './execution-list.tsx'

const ExecutionPage = lazy(async () => ({ default: (await import('./execution-page.tsx')).ExecutionPage }))
const Compare = lazy(async () => ({ default: (await import('./compare.tsx')).Compare }))
const BatchList = lazy(async () => ({ default: (await import('./batch-list.tsx')).BatchList }))
const BatchPage = lazy(async () => ({ default: (await import('./batch-page.tsx')).BatchPage }))
const Overview = lazy(async () => ({ default: (await import('./overview.tsx')).Overview }))

/** What has run, and runs. */
export function Activity({ self }: { readonly self: Self }) {
  return (
    <Suspense fallback={<Waiting />}>
      <Switch>
        <Route path="/activity">
          <ExecutionList self={self} />
        </Route>
        <Route path="/activity/overview">
          <Overview self={self} />
        </Route>
        <Route path="/activity/batches">
          <BatchList self={self} />
        </Route>
        <Route path="/activity/batches/:id">{({ id }) => <BatchPage key={id} id={id} />}</Route>
        <Route path="/activity/compare/:one/:other">
          {({ one, other }) => <Compare one={one} other={other} />}
        </Route>
        <Route path="/activity/:id">{({ id }) => <ExecutionPage key={id} id={id} />}</Route>
      </Switch>
    </Suspense>
  )
}
