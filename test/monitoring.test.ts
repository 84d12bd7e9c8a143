import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  METRIC_PREFIX,
  METRICS,
  type MetricFacts,
} from '../packages/server/src/services/metrics/metric-list.ts'
import { Metrics } from '../packages/server/src/services/metrics/metrics.ts'
import { ALERTS } from '../scripts/monitoring/alerts.mjs'
import { monitoringFiles } from '../scripts/monitoring.mjs'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined
if (!hasPromtool)
  console.warn('promtool is not installed (Debian: prometheus): rules and metrics are not checked')

/** Names of time series that a metric makes. */
function seriesOf([name, { type }]: [string, MetricFacts]): string[] {
  const whole = `${METRIC_PREFIX}${name}`
  return type === 'histogram' ? [`${whole}_bucket`, `${whole}_sum`, `${whole}_count`] : [whole]
}
const SERIES = new Set<string>(Object.entries<MetricFacts>(METRICS).flatMap(seriesOf))
const namesIn = (text: string): string[] => text.match(/\bagentchat_\w+/g) ?? []

test.each(Object.entries(monitoringFiles({ METRIC_PREFIX, METRICS })))(
  'deploy/monitoring/%s is what "npm run docs" makes',
  (name, text) => expect(read(`deploy/monitoring/${name}`)).toBe(text),
)

test('every query names a metric that there is, and every metric is drawn', () => {
  const drawn = namesIn(read('deploy/monitoring/dashboard.json').replaceAll(/"description".*/g, ''))
  const watched = ALERTS.flatMap(({ expr }) => namesIn(expr))
  expect([...drawn, ...watched].filter((name) => !SERIES.has(name))).toEqual([])
  const unseen = Object.entries<MetricFacts>(METRICS).filter(
    (entry) => !seriesOf(entry).some((series) => drawn.includes(series)),
  )
  expect(unseen.map(([name]) => name)).toEqual([])
})

test('the runbook has a section for each alert, and for nothing else', () => {
  const sections = [...read('docs/runbook.md').matchAll(/^## (.+)$/gm)].map(([, title]) => title)
  expect(sections).toEqual(ALERTS.map(({ name }) => name))
})

test('labels are of a few known names, and their values are bounded', () => {
  const allowed = [
    'outcome',
    'kind',
    'permission',
    'rule',
    'state',
    'start',
    'from',
    'code',
    'method',
    'priority',
    'route',
    'machine',
  ]
  const all = Object.values<MetricFacts>(METRICS).flatMap(({ labels }) => Object.entries(labels))
  const names = new Set(all.map(([name]) => name))
  expect([...names].sort()).toEqual([...allowed, 'status', 'version', 'node'].sort())
  for (const [, values] of all)
    expect('atMost' in values ? values.atMost : values.length).toBeLessThanOrEqual(300)
})

test('Metrics tells no more values of a label than it may have, and none that is no name', async () => {
  const metrics = new Metrics()
  for (let n = 0; n < 1000; n += 1) metrics.add('redactions_total', { rule: `rule-${n}` })
  for (const rule of ['a b', 'x'.repeat(500), 'a"} 1\nforged 1', ''])
    metrics.add('redactions_total', { rule })
  metrics.add('executions_total', { outcome: 'success', kind: 'usr_1' })
  const text = await metrics.text()
  expect(text.match(/^agentchat_redactions_total\{/gm)?.length).toBe(101)
  expect(text).toContain('agentchat_redactions_total{rule="other"} 904')
  expect(text).toContain('agentchat_executions_total{outcome="success",kind="other"} 1')
  expect(text).not.toMatch(/forged|usr_1/)
})

test('setEach() tells of those that are there now, within the bound, and a gauge that was not set is not told', async () => {
  const metrics = new Metrics()
  const slots = async (names: string[]) => {
    metrics.setEach(
      'machine_slots',
      names.map((machine, index) => [{ machine }, index]),
    )
    return (await metrics.text()).match(/^agentchat_machine_slots.*/gm)
  }
  expect(await metrics.text()).not.toMatch(/^agentchat_(?:machine|disk|database_up)\w*[ {]/m)
  expect(await slots(['m1', 'm2'])).toEqual([
    'agentchat_machine_slots{machine="m1"} 0',
    'agentchat_machine_slots{machine="m2"} 1',
  ])
  const many = Array.from({ length: 250 }, (_, index) => `n${index}`)
  const told = await slots([...many, 'a"} 1\nforged 1'])
  expect(told).toHaveLength(200)
  expect(told?.join()).not.toMatch(/m1|other|forged/)
  // Those before do not count for the bound.
  expect(await slots(['m3'])).toEqual(['agentchat_machine_slots{machine="m3"} 0'])
  expect(await slots([])).toBe(null)
})

describe.skipIf(!hasPromtool)('promtool', () => {
  const run = (args: string[], input = '') =>
    execFileSync('promtool', args, {
      ...{ cwd: new URL('../deploy/monitoring/', import.meta.url), encoding: 'utf8', input },
      stdio: ['pipe', 'pipe', 'pipe'],
    })

  test('check rules', () => expect(run(['check', 'rules', 'alerts.yml'])).toContain('SUCCESS'))

  test('test rules: each alert fires where it should', () => {
    expect(run(['test', 'rules', 'alerts.test.yml'])).toContain('SUCCESS')
    const tested = read('deploy/monitoring/alerts.test.yml')
    expect(ALERTS.filter(({ name }) => !tested.includes(name))).toEqual([])
  })

  test('check metrics: names, units and help of ours', async () => {
    const metrics = new Metrics()
    for (const [name, { type, labels }] of Object.entries<MetricFacts>(METRICS)) {
      const filled = Object.fromEntries(
        Object.entries(labels).map(([label, values]) => [label, 'atMost' in values ? 'x' : values[0]]),
      )
      if (type === 'counter') metrics.add(name as never, filled as never)
      else if (type === 'gauge') metrics.set(name as never, filled as never, 1)
      else metrics.observe(name as never, filled as never, 1)
    }
    expect(run(['check', 'metrics'], await metrics.text())).toBe('')
  })
})
