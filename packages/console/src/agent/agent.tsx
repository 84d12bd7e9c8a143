import { Route, Switch } from 'wouter'
import type { Self } from '../api/self.ts'
import { NewTask } from './new-task.tsx'
import { AgentRunPage } from './run-page.tsx'

/** Agents: tasks that a model solves by writing Python. */
export function Agent({ self }: { readonly self: Self }) {
  return (
    <Switch>
      <Route path="/agent">
        <NewTask self={self} />
      </Route>
      <Route path="/agent/:id">{({ id }) => <AgentRunPage key={id} id={id} />}</Route>
    </Switch>
  )
}
