import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { readProof } from '../api/audit.ts'
import { type PermissionUse, type Receipt, type Result, receiptOf, usageOf } from '../api/executions.ts'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { limitsQuery } from '../api/self.ts'
import { TextView } from '../output/display-view.tsx'
import { Visible } from '../output/terminal-view.tsx'
import { bytes, count, duration } from '../text/formats.ts'
import { Icon } from '../ui/icons.tsx'
import { Badge, Button, ProblemNotice } from '../ui/parts.tsx'
import { saveFile } from '../ui/save-file.ts'
import styles from './receipt.module.css'

/** An error of Python, or the limit that ended the run. */
export function ErrorView({ error }: { readonly error: NonNullable<Result['error']> }) {
  const { t } = useTranslation()
  return (
    <div className={styles.error} role="group" aria-label={t('receipt.error')}>
      <p className={styles.errorTitle}>
        <strong>
          <Visible text={error.name} />
        </strong>{' '}
        <Visible text={error.message.slice(0, 2000)} />
      </p>
      {error.hint !== null && (
        <p className={styles.hint}>
          <Visible text={error.hint} />
        </p>
      )}
      {error.hint?.includes('`packages') && <PackagesNote />}
      {error.traceback !== '' && (
        <details>
          <summary>{t('receipt.traceback')}</summary>
          <TextView text={error.traceback} />
        </details>
      )}
    </div>
  )
}

/** Hints name the option of a program; here an administrator has chosen. */
function PackagesNote() {
  const { t } = useTranslation()
  const { data } = useQuery(limitsQuery)
  if (data === undefined) return null
  const packages = data.packages.join(', ')
  return (
    <p className={styles.hint}>
      {packages === '' ? t('receipt.noPackages') : t('receipt.packages', { packages })}
    </p>
  )
}

/** What a run was granted, used and was refused, what stood around it, and why it took as long as it did. */
export function ReceiptView({
  result,
  executionId,
}: {
  readonly result: Result
  readonly executionId: string | null
}) {
  const { t } = useTranslation()
  const receipt = receiptOf(result)
  const denied = receipt?.denied.length ?? 0
  return (
    <details className={styles.receipt} open={denied > 0}>
      <summary>
        <Icon name="shield" size={16} />
        <span>{t('receipt.title')}</span>
        {denied > 0 ? (
          <Badge tone="warn">{t('receipt.refusedCount', { count: denied })}</Badge>
        ) : (
          <Badge tone="good">{t('receipt.nothingRefused')}</Badge>
        )}
      </summary>
      <div className={styles.parts}>
        {receipt && <Permissions receipt={receipt} />}
        <Times result={result} />
        <Redactions result={result} />
        <Cuts result={result} />
        {executionId !== null && (
          <p className={styles.foot}>
            <Link href={`/activity/${executionId}`}>{t('receipt.whole')}</Link>
            <ProofButton executionId={executionId} />
          </p>
        )}
      </div>
    </details>
  )
}

function Permissions({ receipt }: { readonly receipt: Receipt }) {
  const { t } = useTranslation()
  const granted = Object.entries(receipt.granted).flatMap(([kind, grant]) =>
    grant === true ? [`${kind}: *`] : grant === false ? [] : grant.map((value) => `${kind}: ${value}`),
  )
  return (
    <dl className={styles.table}>
      <dt>{t('receipt.granted')}</dt>
      <dd>
        {granted.length === 0 ? t('receipt.nothing') : granted.map((each) => <code key={each}>{each}</code>)}
      </dd>
      <dt>{t('receipt.used')}</dt>
      <dd>
        <Uses uses={receipt.used} />
      </dd>
      <dt>{t('receipt.refused')}</dt>
      <dd className={receipt.denied.length > 0 ? styles.denied : ''}>
        <Uses uses={receipt.denied} />
      </dd>
      <dt>{t('receipt.walls')}</dt>
      <dd>
        {receipt.walls
          .map((wall) => (wall === 'bubblewrap' ? t('receipt.wallOs') : t('receipt.wallDeno')))
          .join(' · ')}
      </dd>
    </dl>
  )
}

const SHOWN = 50

function Uses({ uses }: { readonly uses: readonly PermissionUse[] }) {
  const { t } = useTranslation()
  if (uses.length === 0) return t('receipt.nothing')
  return (
    <ul className={styles.uses}>
      {uses.slice(0, SHOWN).map(({ kind, value, count: times }) => (
        <li key={`${kind} ${value}`}>
          <Badge>{kind}</Badge> <code>{<Visible text={value.slice(0, 300)} />}</code>
          {times > 1 && <span className={styles.times}>× {count(times)}</span>}
        </li>
      ))}
      {uses.length > SHOWN && <li>{t('receipt.more', { count: uses.length - SHOWN })}</li>}
    </ul>
  )
}

function Times({ result }: { readonly result: Result }) {
  const { t } = useTranslation()
  const { queueMs, startMs, packagesMs, wallMs, cpuMs, peakMemoryBytes } = usageOf(result)
  const parts = [
    ['queue', queueMs],
    ['start', startMs],
    ['packages', packagesMs],
    ['run', wallMs],
  ] as const
  const whole = parts.reduce((sum, [, ms]) => sum + ms, 0) || 1
  return (
    <div>
      <h3 className={styles.why}>{t('receipt.why')}</h3>
      <div className={styles.bar} aria-hidden="true">
        {parts.map(([name, ms]) => (
          <span key={name} className={styles[name]} style={{ flexGrow: ms / whole }} />
        ))}
      </div>
      <dl className={styles.timesList}>
        {parts.map(([name, ms]) => (
          <div key={name}>
            <dt>
              <i className={styles[name]} />
              {t(`receipt.time.${name}`)}
            </dt>
            <dd>{duration(ms)}</dd>
          </div>
        ))}
        <div>
          <dt>{t('receipt.time.cpu')}</dt>
          <dd>{duration(cpuMs)}</dd>
        </div>
        <div>
          <dt>{t('receipt.time.memory')}</dt>
          <dd>{bytes(peakMemoryBytes)}</dd>
        </div>
      </dl>
    </div>
  )
}

/** Saves the proof that the run is in the audit log. */
function ProofButton({ executionId }: { readonly executionId: string }) {
  const { t } = useTranslation()
  const [problem, setProblem] = useState<ServiceProblem | null>(null)
  const [isBusy, setBusy] = useState(false)
  const save = () => {
    setBusy(true)
    readProof(executionId)
      .then(
        (text) => saveFile(`${executionId}.proof`, text, 'text/plain'),
        (error: unknown) => setProblem(problemOf(error)),
      )
      .finally(() => setBusy(false))
  }
  return (
    <>
      <Button isSmall icon="download" disabled={isBusy} onClick={save}>
        {t(isBusy ? 'receipt.proofWaits' : 'receipt.proof')}
      </Button>
      {problem && <ProblemNotice problem={problem} />}
    </>
  )
}

/** What was taken out because it is secret: how often, by rule. */
function Redactions({ result }: { readonly result: Result }) {
  const { t } = useTranslation()
  const rules = Object.entries(result.redactions ?? {})
  if (rules.length === 0) return null
  return (
    <dl className={styles.table}>
      <dt>{t('receipt.redacted')}</dt>
      <dd>
        {rules.map(([rule, times]) => (
          <span key={rule}>
            <Badge tone="warn">{rule}</Badge> × {count(times)}{' '}
          </span>
        ))}
      </dd>
    </dl>
  )
}

/** What of a result is not there. */
function Cuts({ result }: { readonly result: Result }) {
  const { t } = useTranslation()
  const { stdout, stderr, result: value, files, displays } = result.truncated
  const cut = [
    ...(stdout ? [t('receipt.cut.stdout')] : []),
    ...(stderr ? [t('receipt.cut.stderr')] : []),
    ...(value ? [t('receipt.cut.result')] : []),
    ...(files > 0 ? [t('receipt.cut.files', { count: files })] : []),
    ...(displays > 0 ? [t('receipt.cut.displays', { count: displays })] : []),
    ...(result.sessionRestored ? [t('receipt.restored', { reason: result.sessionRestored.reason })] : []),
    ...(result.sessionUnsaved ? [t('receipt.unsaved', { reason: result.sessionUnsaved.reason })] : []),
  ]
  if (cut.length === 0) return null
  return (
    <ul className={styles.cuts}>
      {cut.map((each) => (
        <li key={each}>{each}</li>
      ))}
    </ul>
  )
}
