import { lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import type { Self } from '../api/self.ts'
import { Waiting } from '../ui/parts.tsx'
import { ToolList } from './tool-list.tsx'

const NewToolPage = lazy(async () => ({ default: (await import('./new-tool.tsx')).NewToolPage }))
const ToolPage = lazy(async () => ({ default: (await import('./tool-page.tsx')).ToolPage }))

/** Stored tools. */
export function Tools({ self }: { readonly self: Self }) {
  return (
    <Suspense fallback={<Waiting />}>
      <Switch>
        <Route path="/tools">
          <ToolList />
        </Route>
        <Route path="/tools/new/:kind">
          {({ kind }) => (
            <NewToolPage key={kind} kind={kind === 'openapi' ? 'openapi' : 'python'} self={self} />
          )}
        </Route>
        <Route path="/tools/:id/:part?">
          {({ id, part }) => <ToolPage id={id} part={part ?? 'try'} self={self} />}
        </Route>
      </Switch>
    </Suspense>
  )
}
