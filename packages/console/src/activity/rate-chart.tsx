import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useTheme } from '../ui/theme.ts'
import styles from './chart.module.css'

/** Runs of each of the last minutes as a line, and as a table for those who do not see it. */
export function RateChart({ rates }: { readonly rates: readonly number[] }) {
  const { t } = useTranslation()
  const theme = useTheme()
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const colour = (name: string) => resolved(element, name)
    const axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    }
    const minutes = rates.map((_, index) => index - rates.length + 1)
    const chart = new uPlot(
      {
        ...{ width: element.clientWidth, height: 180, legend: { show: false }, cursor: { show: false } },
        scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] } },
        axes: [
          { ...axis, size: 30 },
          { ...axis, size: 40 },
        ],
        series: [
          {},
          { stroke: colour('--accent'), width: 2, fill: colour('--accent-soft'), points: { show: false } },
        ],
      },
      [minutes, [...rates]],
      element,
    )
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: 180 }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      chart.destroy()
    }
  }, [rates, theme])
  return (
    <div className={styles.chart}>
      <div ref={place} aria-hidden="true" />
      <table className="visually-hidden">
        <caption>{t('activity.lastHour')}</caption>
        <tbody>
          {rates.map((rate, index) => (
            <tr key={index}>
              <th>{t('activity.minutesAgo', { count: rates.length - 1 - index })}</th>
              <td>{rate}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A colour of the page as a canvas takes it. */
function resolved(element: HTMLElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
