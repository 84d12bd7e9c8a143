// What is watched: each alert by its symptom, with the section of docs/runbook.md that says what to do.

/**
 * @typedef {object} Alert
 * @property {string} name
 * @property {string} expr in PromQL
 * @property {string} for how long it must hold
 * @property {'page' | 'ticket'} severity whether somebody is woken, or looks in the morning
 * @property {string} summary in one sentence
 */

/** The share of executions that the service could not run, over a time. @param {string} window */
const failedShare = (window) =>
  `sum(rate(agentchat_executions_total{outcome="failed"}[${window}])) / sum(rate(agentchat_executions_total[${window}]))`
/** Of a thousand executions one may fail by our fault. */
const [FAST, SLOW] = ['0.0144', '0.006']

/** @type {readonly Alert[]} */
export const ALERTS = [
  {
    name: 'AgentchatDown',
    ...{ expr: 'up{job="agentchat"} == 0', for: '2m', severity: 'page' },
    summary: 'Prometheus cannot read the metrics of the service.',
  },
  {
    // Fourteen times as many as allowed for an hour use up the month in two days; five minutes say that it goes on.
    name: 'AgentchatExecutionsFailFast',
    expr: `${failedShare('1h')} > ${FAST} and ${failedShare('5m')} > ${FAST}`,
    ...{ for: '2m', severity: 'page' },
    summary: 'The service fails to run many executions.',
  },
  {
    name: 'AgentchatExecutionsFailSlowly',
    expr: `${failedShare('6h')} > ${SLOW} and ${failedShare('30m')} > ${SLOW}`,
    ...{ for: '15m', severity: 'ticket' },
    summary: 'The service fails to run more executions than it may.',
  },
  {
    name: 'AgentchatCrashes',
    expr: 'sum(rate(agentchat_executions_total{kind="crashed"}[15m])) / sum(rate(agentchat_executions_total[15m])) > 0.05',
    ...{ for: '15m', severity: 'ticket' },
    summary: 'More than one in twenty executions ends because its worker does.',
  },
  {
    name: 'AgentchatQueueWaits',
    expr: 'histogram_quantile(0.95, sum by (le) (rate(agentchat_execution_queue_seconds_bucket[10m]))) > 5',
    ...{ for: '10m', severity: 'page' },
    summary: 'One in twenty executions waits longer than 5 s for a place.',
  },
  {
    name: 'AgentchatStartsAreSlow',
    expr: 'histogram_quantile(0.95, sum by (le) (rate(agentchat_execution_start_seconds_bucket[15m]))) > 2.5',
    ...{ for: '15m', severity: 'ticket' },
    summary: 'One in twenty executions waits longer than 2.5 s for a worker to start.',
  },
  {
    name: 'AgentchatPoolIsEmpty',
    expr: 'agentchat_pool_workers{state="warm"} == 0 and on (instance, job) agentchat_queue_places{state="waiting"} > 0',
    ...{ for: '10m', severity: 'ticket' },
    summary: 'No worker is warm while executions wait.',
  },
  {
    name: 'AgentchatNoMachine',
    ...{ expr: 'agentchat_machines_alive == 0', for: '1m', severity: 'page' },
    summary: 'No machine runs code: what is started waits, or is turned away.',
  },
  {
    name: 'AgentchatAuditLags',
    ...{ expr: 'max(agentchat_audit_lag_seconds) > 60', for: '5m', severity: 'page' },
    summary: 'What was recorded has had no place in the audit log for more than a minute.',
  },
  {
    name: 'AgentchatDatabaseDown',
    ...{ expr: 'agentchat_database_up == 0', for: '1m', severity: 'page' },
    summary: 'The database does not answer.',
  },
  {
    name: 'AgentchatDatabaseBusy',
    ...{ expr: 'agentchat_database_connections{state="waiting"} > 5', for: '5m', severity: 'ticket' },
    summary: 'Queries wait for a connection to the database.',
  },
  {
    name: 'AgentchatDiskFull',
    ...{ expr: 'agentchat_disk_free_bytes < 1073741824', for: '5m', severity: 'page' },
    summary: 'The disk of the embedded database has less than 1 GiB left.',
  },
  {
    name: 'AgentchatRefusesMany',
    expr: 'sum(rate(agentchat_refusals_total{code=~"overloaded|unavailable"}[10m])) > 1',
    ...{ for: '10m', severity: 'ticket' },
    summary: 'The service turns requests away because it has too much to do, or lacks something.',
  },
  {
    name: 'AgentchatDenialsRise',
    expr: 'sum(rate(agentchat_denials_total[10m])) > 10 * sum(rate(agentchat_denials_total[1d])) and sum(rate(agentchat_denials_total[10m])) > 1',
    ...{ for: '10m', severity: 'ticket' },
    summary: 'Code asks for what it may not have ten times as often as on other days.',
  },
  {
    name: 'AgentchatAnomaly',
    expr: 'sum(increase(agentchat_anomalies_total{priority="critical"}[15m])) > 0',
    ...{ for: '0m', severity: 'ticket' },
    summary: 'Code did something that hardly any ordinary program does.',
  },
]
