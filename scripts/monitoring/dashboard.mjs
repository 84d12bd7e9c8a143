// The dashboard for Grafana: what is drawn of each metric follows from its type.

const COLUMNS = 3
const [WIDTH, HEIGHT] = [24 / COLUMNS, 8]
/** What the ends of names say of the unit, in Grafana's words. */
const UNITS = [
  [/_seconds(_total)?$/, 's'],
  [/_bytes(_total)?$/, 'bytes'],
]

/**
 * @param {string} prefix
 * @param {Record<string, { type: string, help: string, labels: object, shared?: 'max' | 'min' }>} metrics
 */
export function dashboardOf(prefix, metrics) {
  const panels = Object.entries(metrics)
    .filter(([name]) => name !== 'build_info')
    .map(([name, facts], index) => panelOf({ name: `${prefix}${name}`, index, ...facts }))
  return {
    uid: 'agentchat-sandbox',
    title: 'AgentChat Sandbox',
    tags: ['agentchat-sandbox'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        {
          ...{ name: 'instance', label: 'Service', type: 'query', multi: true, includeAll: true },
          datasource: { type: 'prometheus', uid: '$datasource' },
          query: `label_values(${prefix}build_info, instance)`,
        },
      ],
    },
    panels,
  }
}

function panelOf({ name, index, type, help, labels, shared = 'sum' }) {
  const by = Object.keys(labels).filter((label) => label !== 'status')
  return {
    id: index + 1,
    type: 'timeseries',
    title: help,
    description: name,
    datasource: { type: 'prometheus', uid: '$datasource' },
    gridPos: {
      ...{ w: WIDTH, h: HEIGHT },
      ...{ x: (index % COLUMNS) * WIDTH, y: Math.floor(index / COLUMNS) * HEIGHT },
    },
    fieldConfig: { defaults: { unit: unitOf(name, type), min: 0 }, overrides: [] },
    targets: targetsOf({ name, type, by, shared }).map((target, number) => ({
      refId: 'ABC'[number],
      ...target,
    })),
  }
}

function targetsOf({ name, type, by, shared }) {
  const selected = (each) => `${each}{instance=~"$instance"}`
  const legend = by.map((label) => `{{${label}}}`).join(' ') || 'all'
  const grouped = (...labels) => (labels.length === 0 ? shared : `${shared} by (${labels.join(', ')})`)
  if (type === 'gauge') return [{ expr: `${grouped(...by)} (${selected(name)})`, legendFormat: legend }]
  if (type === 'counter')
    return [{ expr: `${grouped(...by)} (rate(${selected(name)}[$__rate_interval]))`, legendFormat: legend }]
  return [0.5, 0.95].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, ${grouped('le')} (rate(${selected(`${name}_bucket`)}[$__rate_interval])))`,
    legendFormat: `${quantile * 100} %`,
  }))
}

function unitOf(name, type) {
  const unit = UNITS.find(([end]) => end.test(name))?.[1] ?? 'short'
  return type === 'counter' && unit === 'short' ? 'ops' : unit
}
