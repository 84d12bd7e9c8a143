import type { Execution } from '../api/executions.ts'
import { Terminal } from '../output/terminal.ts'
import type { Item, RunState } from './run.ts'

/** What is recorded of a run. A program of a batch has no identifier, so that its frames and files are not shown. */
type Recorded = Pick<Execution, 'code' | 'status' | 'result' | 'failure'> & { readonly id: string | null }

/** An execution that is over, as the page shows a run. Which output came when is not recorded: each stream stands alone. */
export function recordedRun({ id, code, status, result, failure }: Recorded): RunState {
  const items: Item[] = []
  for (const stream of ['stdout', 'stderr'] as const) {
    const text = result?.[stream] ?? ''
    if (text === '') continue
    const terminal = new Terminal()
    terminal.write(stream, text)
    items.push({ kind: 'text', terminal })
  }
  for (const [number, display] of (result?.displays ?? []).entries())
    items.push({ kind: 'display', number, display })
  return {
    ...{ phase: result === null ? 'failed' : 'finished', executionId: id, code, items, result },
    ...{ asks: false, isConnected: true, usage: null, startedAt: null, problem: null, version: 0 },
    failure: result === null ? (failure ?? status) : null,
  }
}
