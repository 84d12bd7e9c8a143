import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { decideCall } from '../api/agent.ts'
import { executionQuery } from '../api/executions.ts'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { DisplayView, TextView } from '../output/display-view.tsx'
import { FilesView } from '../output/files-view.tsx'
import { TerminalView, Visible } from '../output/terminal-view.tsx'
import { Badge, Button, buttonClass, ProblemNotice, type Tone } from '../ui/parts.tsx'
import table from '../ui/table.module.css'
import styles from './agent.module.css'
import { type Call, type Step, spoken } from './conversation.ts'

/** One turn: what the model said, the code, what it did, and what the model was told. */
export function StepView({
  runId,
  step,
  canBranch,
}: {
  readonly runId: string
  readonly step: Step
  /** Can another run go on after it? */
  readonly canBranch: boolean
}) {
  const { t } = useTranslation()
  const { thought, reasoning, code, output, displays, files, calls, observation, executionId } = step
  const said = spoken(thought)
  return (
    <li className={styles.step}>
      <h2>{t('agent.step', { number: step.step })}</h2>
      {reasoning !== '' && (
        <details>
          <summary className={table.muted}>{t('agent.reasoning')}</summary>
          <TextView text={reasoning} />
        </details>
      )}
      {said !== '' && (
        <p className={styles.said}>
          <Visible text={said} />
        </p>
      )}
      {code !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        <pre className={table.code} tabIndex={0}>
          <Visible text={code} />
        </pre>
      )}
      {calls.map((call) => (
        <CallView key={call.call} runId={runId} call={call} />
      ))}
      {output.size > 0 && <TerminalView terminal={output} version={output.size} />}
      {displays.map((display, number) => (
        <DisplayView key={number} display={display} number={number} executionId={executionId} />
      ))}
      {executionId === null ? (
        files.length > 0 && (
          <p className={table.muted}>
            {t('files.made')}: <Visible text={files.join(', ')} />
          </p>
        )
      ) : (
        <RecordView executionId={executionId} isShown={displays.length > 0} />
      )}
      {observation !== null && output.size === 0 && <TextView text={observation} />}
      <p className={table.row}>
        {executionId !== null && (
          <Link className={table.muted} href={`/activity/${executionId}`}>
            {t('receipt.whole')}
          </Link>
        )}
        {canBranch && (
          <Link
            className={buttonClass()}
            href={`/agent?from=${runId}&step=${step.step}`}
            aria-label={`${t('agent.branch')}: ${t('agent.step', { number: step.step })}`}
          >
            {t('agent.branch')}
          </Link>
        )}
      </p>
    </li>
  )
}

/** What the code of a step showed, where it was not seen as it came, and the files that it made. */
function RecordView({ executionId, isShown }: { readonly executionId: string; readonly isShown: boolean }) {
  const { data } = useQuery(executionQuery(executionId))
  const { displays = [], files = [] } = data?.result ?? {}
  return (
    <>
      {!isShown &&
        displays.map((display, number) => (
          <DisplayView key={number} display={display} number={number} executionId={executionId} />
        ))}
      <FilesView files={files} executionId={executionId} />
    </>
  )
}

const TONES: Readonly<Record<Call['state'], Tone>> = {
  ...{ asked: 'warn', allowed: 'accent', refused: 'bad', running: 'accent', ok: 'good', failed: 'bad' },
}

/** A call of a tool; one that waits for somebody to allow it has buttons. */
function CallView({ runId, call }: { readonly runId: string; readonly call: Call }) {
  const { t } = useTranslation()
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const [isDecided, setDecided] = useState(false)
  const decide = (allow: boolean) => () => {
    setDecided(true)
    decideCall(runId, call.call, allow).catch((thrown: unknown) => setProblem(problemOf(thrown)))
  }
  return (
    <div className={styles.call} role="group" aria-label={t('agent.callOf', { name: call.name })}>
      <p className={table.row}>
        <Badge tone={TONES[call.state]}>{t(`agent.callStates.${call.state}`)}</Badge>
        <code>
          <Visible text={`${call.name}(${JSON.stringify(call.args).slice(0, 2000)})`} />
        </code>
      </p>
      {call.state === 'asked' && (
        <p className={table.row}>
          <Button kind="primary" isSmall icon="check" disabled={isDecided} onClick={decide(true)}>
            {t('agent.allow')}
          </Button>
          <Button kind="danger" isSmall icon="close" disabled={isDecided} onClick={decide(false)}>
            {t('agent.refuse')}
          </Button>
        </p>
      )}
      {problem && <ProblemNotice problem={problem} />}
      {(call.state === 'ok' || call.state === 'failed') && (
        <TextView
          text={typeof call.result === 'string' ? call.result : (JSON.stringify(call.result, null, 2) ?? '')}
        />
      )}
    </div>
  )
}
