import { EXECUTION_ERROR_KINDS } from 'agentchat-sandbox'

/** Values that a label may have: these, or, where they cannot be listed, so many different ones; the rest is `other`. */
export type LabelValues = readonly string[] | { readonly atMost: number }

/** One metric, as it is made, described, drawn and watched. */
export interface MetricFacts {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: Readonly<Record<string, LabelValues>>
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[]
  /** Every service tells the same: of several values the largest or the smallest is drawn, not their sum. */
  readonly shared?: 'max' | 'min'
}

const OUTCOMES = ['success', 'error', 'cancelled', 'interrupted', 'failed'] as const
/** Kinds of errors of executions, and `none`. */
const KINDS = ['none', ...EXECUTION_ERROR_KINDS] as const
const PERMISSIONS = ['env', 'read', 'write', 'net', 'run', 'ffi', 'tool', 'secret'] as const
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const WENT = ['success', 'error'] as const
/** Names of machines. */
const MACHINE = { machine: { atMost: 200 } } as const

/** From 1 ms to a minute, in seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const MIB = 2 ** 20

/**
 * Every metric of ours. Names are without the prefix `agentchat_`; units are base units. No label names a user, a tool, a
 * path or code.
 */
export const METRICS = {
  build_info: {
    ...{ type: 'gauge', help: 'Always 1; the labels say what runs' },
    labels: { version: { atMost: 1 }, node: { atMost: 1 } },
  },
  executions_total: {
    ...{ type: 'counter', help: 'Executions that are over, by outcome and kind of error' },
    labels: { outcome: OUTCOMES, kind: KINDS },
  },
  execution_duration_seconds: {
    ...{ type: 'histogram', help: 'Time of the code alone', buckets: SECONDS },
    labels: { outcome: OUTCOMES },
  },
  execution_queue_seconds: {
    ...{ type: 'histogram', help: 'Time spent waiting for a place', labels: {}, buckets: SECONDS },
  },
  execution_start_seconds: {
    ...{ type: 'histogram', help: 'Time spent waiting for a worker: warm ones are there', buckets: SECONDS },
    labels: { start: ['cold', 'warm'] },
  },
  execution_cpu_seconds_total: {
    ...{ type: 'counter', help: 'Processor time that code has taken', labels: {} },
  },
  execution_memory_peak_bytes: {
    ...{ type: 'histogram', help: 'Highest resident set of the worker of an execution', labels: {} },
    buckets: [64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096].map((mib) => mib * MIB),
  },
  execution_output_bytes_total: {
    ...{ type: 'counter', help: 'Bytes that code has written to its standard streams', labels: {} },
  },
  denials_total: {
    ...{ type: 'counter', help: 'Permissions that were asked for and refused' },
    labels: { permission: PERMISSIONS },
  },
  redactions_total: {
    ...{ type: 'counter', help: 'Secrets that were taken out of what came back' },
    labels: { rule: { atMost: 100 } },
  },
  executions_running: { type: 'gauge', help: 'Executions in progress, with those that wait', labels: {} },
  queue_places: {
    ...{ type: 'gauge', help: 'Places for executions: those at work, and those who wait for one' },
    labels: { state: ['taken', 'waiting'] },
  },
  pool_workers: {
    ...{ type: 'gauge', help: 'Workers: kept warm, at work, starting' },
    labels: { state: ['warm', 'leased', 'starting'] },
  },
  machines_alive: {
    ...{ type: 'gauge', help: 'Machines that have a lease; not told by a service that runs code itself' },
    ...{ labels: {}, shared: 'max' },
  },
  machine_slots: {
    ...{ type: 'gauge', help: 'Executions that a machine takes at a time', labels: MACHINE, shared: 'max' },
  },
  machine_running: {
    ...{ type: 'gauge', help: 'Executions that a machine runs', labels: MACHINE, shared: 'max' },
  },
  machine_epoch: {
    ...{ type: 'gauge', help: 'Number of the lease of a machine: another one where it joined anew' },
    ...{ labels: MACHINE, shared: 'max' },
  },
  machine_silent_seconds: {
    ...{ type: 'gauge', help: 'How long ago a machine was heard of', labels: MACHINE, shared: 'max' },
  },
  sessions_live: { type: 'gauge', help: 'Sessions that have a worker', labels: {} },
  session_wake_seconds: {
    ...{ type: 'histogram', help: 'Time to open a session: a new one, or one that was at rest' },
    ...{ labels: { from: ['new', 'rest'] }, buckets: SECONDS },
  },
  tool_calls_total: {
    ...{ type: 'counter', help: 'Calls of tools: stored ones, and those that code calls' },
    labels: { kind: ['python', 'openapi', 'code'], outcome: WENT },
  },
  tool_call_duration_seconds: {
    ...{ type: 'histogram', help: 'Time of the calls of tools', buckets: SECONDS },
    labels: { kind: ['python', 'openapi', 'code'] },
  },
  agent_runs_total: {
    ...{ type: 'counter', help: 'Runs of agents that are over, by how they ended' },
    labels: { outcome: { atMost: 20 } },
  },
  agent_steps_total: { type: 'counter', help: 'Turns of models in runs of agents', labels: {} },
  refusals_total: {
    ...{ type: 'counter', help: 'Requests that were refused, by the code of the problem' },
    labels: { code: { atMost: 40 } },
  },
  anomalies_total: {
    ...{ type: 'counter', help: 'Findings about executions that are over, by how much they matter' },
    labels: { priority: ['notice', 'warning', 'critical'] },
  },
  audit_waiting: {
    ...{
      type: 'gauge',
      help: 'Events that wait for their place in the audit log',
      labels: {},
      shared: 'max',
    },
  },
  audit_lag_seconds: {
    ...{ type: 'gauge', help: 'How long the first of them has waited', labels: {}, shared: 'max' },
  },
  database_up: { type: 'gauge', help: '1 when the database answers, else 0', labels: {}, shared: 'min' },
  database_answer_seconds: { type: 'gauge', help: 'Time of an empty query', labels: {}, shared: 'max' },
  database_connections: {
    ...{ type: 'gauge', help: 'Connections to the database, and what waits for one' },
    labels: { state: ['used', 'idle', 'waiting'] },
  },
  disk_free_bytes: { type: 'gauge', help: 'Room on the disk of the embedded database', labels: {} },
  http_requests_total: {
    ...{ type: 'counter', help: 'Answers, by method, pattern of the path and status' },
    labels: { method: METHODS, route: { atMost: 300 }, status: { atMost: 60 } },
  },
  http_request_duration_seconds: {
    ...{ type: 'histogram', help: 'Time until an answer began', buckets: SECONDS },
    labels: { route: { atMost: 300 } },
  },
} as const satisfies Record<string, MetricFacts>

export type MetricName = keyof typeof METRICS
type NamesOf<Type> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never
}[MetricName]
export type CounterName = NamesOf<'counter'>
export type GaugeName = NamesOf<'gauge'>
export type HistogramName = NamesOf<'histogram'>
export type LabelsOf<Name extends MetricName> = Readonly<
  Record<keyof (typeof METRICS)[Name]['labels'] & string, string>
>

/** What every name begins with. */
export const METRIC_PREFIX = 'agentchat_'
