import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'wouter'
import { type AgentRun, cancelAgentRun, deleteAgentRun, followAgentRun, readAgentRun } from '../api/agent.ts'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { TextView } from '../output/display-view.tsx'
import { count, duration, moment } from '../text/formats.ts'
import { Page } from '../ui/page.tsx'
import { Badge, Button, buttonClass, Notice, ProblemNotice, Waiting } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import styles from './agent.module.css'
import { type Steps, stepsOf, withEvent } from './conversation.ts'
import { RUN_TONES } from './run-tones.ts'
import { StepView } from './step-view.tsx'

/** One run of an agent: the task, its steps as they come, and the answer. */
export function AgentRunPage({ id }: { readonly id: string }) {
  const { t } = useTranslation()
  const [, go] = useLocation()
  const {
    data: run,
    error,
    refetch,
  } = useQuery({ queryKey: ['agent-runs', id], queryFn: () => readAgentRun(id) })
  const [isSure, setSure] = useState(false)
  const [live, setLive] = useState<Steps>([])
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const isRunning = run?.status === 'running'
  useEffect(() => {
    if (!isRunning) return
    const controller = new AbortController()
    const follow = async () => {
      let steps: Steps = []
      for await (const event of followAgentRun(id, controller.signal)) {
        steps = withEvent(steps, event)
        setLive(steps)
      }
      if (!controller.signal.aborted) await refetch()
    }
    follow().catch((thrown: unknown) => setProblem(problemOf(thrown)))
    return () => controller.abort()
  }, [id, isRunning, refetch])
  if (error) return <ProblemNotice problem={problemOf(error)} />
  if (!run) return <Waiting />
  const steps = stepsOf(run, live)
  const failed = (thrown: unknown) => setProblem(problemOf(thrown))
  const stop = () => cancelAgentRun(id).then(() => refetch(), failed)
  const remove = () => deleteAgentRun(id).then(() => go('/agent'), failed)
  return (
    <Page
      title={t('agent.conversation')}
      lead={moment(run.createdAt)}
      actions={
        <>
          {run.sessionId !== null && !isRunning && (
            <Link className={buttonClass()} href={`/agent?sessionId=${run.sessionId}`}>
              {t('agent.goOn')}
            </Link>
          )}
          {isRunning || isSure ? (
            <Button kind="danger" icon={isRunning ? 'stop' : 'trash'} onClick={isRunning ? stop : remove}>
              {t(isRunning ? 'playground.stop' : 'session.reallyDelete')}
            </Button>
          ) : (
            <Button kind="danger" icon="trash" onClick={() => setSure(true)}>
              {t('session.delete')}
            </Button>
          )}
        </>
      }
    >
      <p className={table.row}>
        <span role="status">
          <Badge tone={RUN_TONES[run.status]}>{t(`agent.statuses.${run.status}`)}</Badge>
        </span>
        <span className={table.muted}>{run.model.name}</span>
        {run.usage && (
          <span className={table.muted}>
            {t('agent.tokens', {
              input: count(run.usage.inputTokens),
              output: count(run.usage.outputTokens),
            })}
          </span>
        )}
        {run.seconds !== null && <span className={table.muted}>{duration(run.seconds * 1000)}</span>}
      </p>
      <div className={styles.task}>
        <h2>{t('agent.task')}</h2>
        <p>{run.task}</p>
      </div>
      {run.from && (
        <p>
          <Link href={`/agent/${run.from.run}`}>{t('agent.branched', { step: run.from.step })}</Link>
        </p>
      )}
      {problem && <ProblemNotice problem={problem} />}
      <ol className={styles.steps}>
        {steps.map((step) => (
          <StepView key={step.step} runId={id} step={step} canBranch={canBranch(run, step.step)} />
        ))}
      </ol>
      {isRunning && <Waiting />}
      {run.problem !== null && (
        <Notice tone="bad" role="alert">
          <span lang="en">{run.problem}</span>
        </Notice>
      )}
      {run.status === 'answered' && (
        <section className={styles.answer}>
          <h2>{t('agent.answer')}</h2>
          <TextView
            text={typeof run.answer === 'string' ? run.answer : JSON.stringify(run.answer, null, 2)}
          />
        </section>
      )}
    </Page>
  )
}

/** What ran in a kept session cannot be brought about again from the record; and after the answer there is nothing to do. */
function canBranch({ status, sessionId, steps }: AgentRun, step: number): boolean {
  const recorded = steps.find((each) => each.step === step)
  const isAnswer = status === 'answered' && step === steps.length
  return (
    status !== 'running' && sessionId === null && !isAnswer && recorded?.whole === true && !recorded.failure
  )
}
