import { writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ALERTS } from './monitoring/alerts.mjs'
import { dashboardOf } from './monitoring/dashboard.mjs'

// Writes deploy/monitoring out of the list of metrics and that of alerts: node scripts/monitoring.mjs, after a build.

const ROOT = new URL('..', import.meta.url)
const FOLDER = new URL('deploy/monitoring/', ROOT)

/**
 * The files of the folder, by name.
 * @param {{ METRIC_PREFIX: string, METRICS: Parameters<typeof dashboardOf>[1] }} list
 */
export function monitoringFiles({ METRIC_PREFIX, METRICS }) {
  return {
    'alerts.yml': alertsText(),
    'dashboard.json': `${JSON.stringify(dashboardOf(METRIC_PREFIX, METRICS), null, 2)}\n`,
  }
}

/** Strings of JSON are strings of YAML. */
function alertsText() {
  const rules = ALERTS.map(({ name, expr, for: time, severity, summary }) =>
    [
      `      - alert: ${name}`,
      `        expr: ${JSON.stringify(expr)}`,
      `        for: ${time}`,
      '        labels:',
      `          severity: ${severity}`,
      '        annotations:',
      `          summary: ${JSON.stringify(summary)}`,
      `          runbook: ${JSON.stringify(`docs/runbook.md#${name.toLowerCase()}`)}`,
    ].join('\n'),
  )
  const head = '# Made by "npm run docs" from scripts/monitoring/alerts.mjs.'
  return `${head}\ngroups:\n  - name: agentchat-sandbox\n    rules:\n${rules.join('\n')}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const list = await import(new URL('packages/server/build/services/metrics/metric-list.js', ROOT).href)
  for (const [name, text] of Object.entries(monitoringFiles(list))) {
    const path = fileURLToPath(new URL(name, FOLDER))
    writeFileSync(path, text)
  }
}
