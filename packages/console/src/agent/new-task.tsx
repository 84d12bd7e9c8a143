import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'wouter'
import { type AgentRun, modelsQuery, readAgentRun, startAgentRun } from '../api/agent.ts'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import type { Self } from '../api/self.ts'
import { toolsQuery } from '../api/tools.ts'
import { CutNotice } from '../ui/cut-notice.tsx'
import { Page } from '../ui/page.tsx'
import {
  Badge,
  Button,
  buttonClass,
  Empty,
  ProblemNotice,
  Select,
  TextArea,
  TextField,
  Waiting,
} from '../ui/parts.tsx'
import { useQueryText } from '../ui/query-text.ts'
import table from '../ui/table.module.css'
import styles from './agent.module.css'
import { RunList } from './run-list.tsx'

/** A task for an agent, and those that there were. */
export function NewTask({ self }: { readonly self: Self }) {
  const { t } = useTranslation()
  const { data: models, error } = useQuery(modelsQuery)
  const usable = models?.items.filter(({ enabled }) => enabled)
  const [query] = useQueryText()
  const from = query.get('from')
  const earlier = useQuery({
    queryKey: ['agent-runs', from],
    queryFn: async () => await readAgentRun(from ?? ''),
    enabled: from !== null,
  })
  return (
    <Page title={t('nav.agent')} lead={t('agent.lead')}>
      {error && <ProblemNotice problem={problemOf(error)} />}
      {earlier.error && <ProblemNotice problem={problemOf(earlier.error)} />}
      {!usable && !error && <Waiting />}
      {usable?.length === 0 && (
        <Empty title={t('agent.noModelTitle')}>
          <p>{t(self.user.role === 'admin' ? 'agent.noModelAdmin' : 'agent.noModel')}</p>
          {self.user.role === 'admin' && (
            <Link className={buttonClass('primary')} href="/admin/models">
              {t('admin.newModel')}
            </Link>
          )}
        </Empty>
      )}
      {usable && usable.length > 0 && (from === null || earlier.data) && (
        <TaskForm key={from} models={usable} earlier={earlier.data ?? null} />
      )}
      <RunList />
    </Page>
  )
}

function TaskForm({
  models,
  earlier,
}: {
  readonly models: readonly { readonly id: string; readonly name: string; readonly model: string }[]
  /** The run that this one goes on from. */
  readonly earlier: AgentRun | null
}) {
  const { t } = useTranslation()
  const [, go] = useLocation()
  const [query] = useQueryText()
  const { data: known } = useQuery(toolsQuery('all'))
  const tools = known?.items ?? []
  const [own, setChosen] = useState<Chosen | null>(null)
  const chosen = own ?? toolsOf(earlier, tools)
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const [isBusy, setBusy] = useState(false)
  const sessionId = query.get('sessionId')
  const step = Number(query.get('step'))
  async function start(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const maxSteps = String(fields.get('maxSteps'))
    setBusy(true)
    try {
      const id = await startAgentRun({
        task: String(fields.get('task')),
        model: String(fields.get('model')),
        tools: Object.entries(chosen).map(([tool, how]) => ({ tool, approve: how === 'ask' })),
        ...(maxSteps === '' ? {} : { limits: { maxSteps: Number(maxSteps) } }),
        ...(sessionId === null ? {} : { sessionId }),
        ...(earlier === null ? {} : { from: { run: earlier.id, step } }),
      })
      await readAgain('agent-runs')
      go(`/agent/${id}`)
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  const choose = (id: string, how: string) => {
    const { [id]: _, ...others } = chosen
    setChosen(how === 'free' || how === 'ask' ? { ...others, [id]: how } : others)
  }
  return (
    <form className={table.form} onSubmit={start}>
      <TextArea
        label={t('agent.task')}
        name="task"
        rows={3}
        required
        placeholder={t('agent.taskExample')}
        defaultValue={earlier?.task}
        problem={problem?.of('task')}
      />
      {sessionId !== null && <Badge tone="accent">{t('agent.inSession', { id: sessionId })}</Badge>}
      {earlier !== null && <p className={table.muted}>{t('agent.branchOf', { step })}</p>}
      <div className={table.two}>
        <Select label={t('agent.model')} name="model" defaultValue={earlier?.model.id}>
          {models.map(({ id, name, model }) => (
            <option key={id} value={id}>
              {name} ({model})
            </option>
          ))}
        </Select>
        <TextField label={t('agent.maxSteps')} name="maxSteps" type="number" min={1} max={1000} />
      </div>
      {tools.length > 0 && (
        <details className={table.card}>
          <summary>{t('agent.tools', { count: Object.keys(chosen).length })}</summary>
          <div className={styles.tools}>
            {tools
              .filter(({ enabled }) => enabled)
              .map(({ id, name }) => (
                <Select
                  key={id}
                  label={name}
                  value={chosen[id] ?? ''}
                  onChange={(event) => choose(id, event.target.value)}
                >
                  <option value="">{t('agent.toolOff')}</option>
                  <option value="ask">{t('agent.toolAsk')}</option>
                  <option value="free">{t('agent.toolFree')}</option>
                </Select>
              ))}
          </div>
          <CutNotice list={known} />
        </details>
      )}
      {problem && <ProblemNotice problem={problem} />}
      <div>
        <Button type="submit" kind="primary" icon="play" disabled={isBusy}>
          {t('agent.start')}
        </Button>
      </div>
    </form>
  )
}

type Chosen = Readonly<Record<string, 'free' | 'ask'>>

/** The tools that an earlier run had; whether they may be called is asked again. */
function toolsOf(
  earlier: AgentRun | null,
  tools: readonly { readonly id: string; readonly name: string }[],
): Chosen {
  const names = new Set(earlier?.tools.map(({ name }) => name))
  return Object.fromEntries(tools.filter(({ name }) => names.has(name)).map(({ id }) => [id, 'ask' as const]))
}
