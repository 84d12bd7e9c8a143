import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { bytes, duration } from '../text/formats.ts'
import { Badge, type Tone } from '../ui/parts.tsx'
import styles from './playground.module.css'
import type { RunState } from './run.ts'

/** Where a run is, what it has taken, and how it came out. */
export function RunStatus({ state }: { readonly state: RunState }) {
  const { t } = useTranslation()
  const { phase, result, usage, startedAt } = state
  const isBusy = phase === 'starting' || phase === 'running' || phase === 'stopping'
  const now = useNow(isBusy)
  const wallMs = result ? result.usage.wallMs : startedAt === null ? 0 : now - startedAt
  const memory = result
    ? Number(Reflect.get(result.usage, 'peakMemoryBytes') ?? 0)
    : (usage?.peakMemoryBytes ?? 0)
  const [tone, text] = outcomeOf(state)
  return (
    <p className={styles.status}>
      <span role="status">
        <Badge tone={tone}>{t(`playground.phase.${text}`)}</Badge>
      </span>
      <span className={styles.figure}>{duration(wallMs)}</span>
      {memory > 0 && <span className={styles.figure}>{bytes(memory)}</span>}
      {isBusy && usage && (
        <span className={styles.figure}>{t('playground.cpu', { time: duration(usage.cpuMs) })}</span>
      )}
    </p>
  )
}

function outcomeOf({ phase, result, asks }: RunState) {
  const tones = {
    starting: ['accent', 'starting'],
    running: asks ? (['accent', 'asking'] as const) : (['accent', 'running'] as const),
    stopping: ['warn', 'stopping'],
    refused: ['bad', 'refused'],
    failed: ['bad', 'failed'],
    idle: ['plain', 'idle'],
  } as const
  if (phase !== 'finished') return tones[phase] satisfies readonly [Tone, string]
  if (result?.status === 'success') return ['good', 'success'] as const
  if (result?.error?.kind === 'cancelled') return ['warn', 'cancelled'] as const
  return ['bad', 'error'] as const
}

/** The time, which goes on as long as somebody looks at it. */
function useNow(isGoing: boolean): number {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    if (!isGoing) return
    const timer = setInterval(() => setNow(performance.now()), 100)
    return () => clearInterval(timer)
  }, [isGoing])
  return now
}
