import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { followLive, type LiveExecution } from '../api/live.ts'
import { bytes, count, duration } from '../text/formats.ts'
import { DataTable } from '../ui/data-table.tsx'
import styles from '../ui/table.module.css'

/** So many moments of each execution are drawn, and so many executions. */
const KEPT = 60
const SHOWN = 20
const TICK_MS = 500

interface Followed {
  readonly execution: LiveExecution
  readonly memory: readonly number[]
  /** Of a processor, from 0 on. */
  readonly load: readonly number[]
}

/** What runs at this moment, with its memory and its load as lines; nothing where nothing runs. */
export function LiveRuns({ scope }: { readonly scope: 'mine' | 'all' }) {
  const { t } = useTranslation()
  const [runs, setRuns] = useState<readonly Followed[]>([])
  /** How far the clock of the service is ahead of that of the page. */
  const [aheadMs, setAhead] = useState(0)
  const now = useNow(runs.length > 0) + aheadMs
  useEffect(() => {
    const controller = new AbortController()
    const follow = async () => {
      for await (const { time, executions } of followLive(scope, controller.signal)) {
        setAhead(Date.parse(time) - Date.now())
        setRuns((before) => executions.slice(0, SHOWN).map((execution) => followed(execution, before)))
      }
    }
    void follow()
    return () => controller.abort()
  }, [scope])
  if (runs.length === 0) return null
  return (
    <section className={styles.section} aria-label={t('activity.live')}>
      <h2>{t('activity.live')}</h2>
      <DataTable>
        <thead>
          <tr>
            <th>{t('activity.what')}</th>
            <th>{t('activity.took')}</th>
            <th>{t('activity.memory')}</th>
            <th>{t('activity.load')}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map(({ execution: { id, createdAt, usage }, memory, load }) => (
            <tr key={id}>
              <td>
                <Link href={`/activity/${id}`}>
                  <code>{id.slice(-6)}</code>
                </Link>
              </td>
              <td>{duration(sinceMs(createdAt, now))}</td>
              <td>
                <Sparkline values={memory} /> {bytes(usage?.memoryBytes ?? 0)}
              </td>
              <td>
                <Sparkline values={load} /> {count(Math.round(100 * (load.at(-1) ?? 0)))} %
              </td>
            </tr>
          ))}
        </tbody>
      </DataTable>
    </section>
  )
}

/** An execution with what was seen of it before. */
function followed(execution: LiveExecution, before: readonly Followed[]): Followed {
  const known = before.find((each) => each.execution.id === execution.id)
  const { usage } = execution
  if (usage === null) return known ?? { execution, memory: [], load: [] }
  const last = known?.execution.usage ?? null
  const passed = usage.wallMs - (last?.wallMs ?? 0)
  if (passed <= 0 && known !== undefined) return known
  const load = passed <= 0 ? 0 : Math.max(0, (usage.cpuMs - (last?.cpuMs ?? 0)) / passed)
  return {
    execution,
    memory: [...(known?.memory ?? []), usage.memoryBytes].slice(-KEPT),
    load: [...(known?.load ?? []), load].slice(-KEPT),
  }
}

/** The time of the page's clock, which goes on as long as there is something to show it for. */
function useNow(isGoing: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isGoing) return
    const tick = () => setNow(Date.now())
    tick()
    const timer = setInterval(tick, TICK_MS)
    return () => clearInterval(timer)
  }, [isGoing])
  return now
}

/** How long it has gone on, waiting included, in tenths of a second. */
function sinceMs(createdAt: string, now: number): number {
  return Math.max(0, Math.round((now - Date.parse(createdAt)) / 100) * 100)
}

/** The size of a line. */
const [WIDTH, HEIGHT] = [96, 20]

/** Values as a small line from 0 on; the last of them stands beside it as a text. */
function Sparkline({ values }: { readonly values: readonly number[] }) {
  const max = Math.max(...values, Number.MIN_VALUE)
  const step = WIDTH / Math.max(1, values.length - 1)
  const points = values.map((value, index) => {
    const y = HEIGHT - 1 - (value / max) * (HEIGHT - 2)
    return `${(index * step).toFixed(1)},${y.toFixed(1)}`
  })
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <polyline points={points.join(' ')} fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  )
}
