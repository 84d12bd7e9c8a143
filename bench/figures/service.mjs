import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hasProc } from '../proc.mjs'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { scratchFolder, startService } from '../service/service-process.mjs'
import { median, quantile } from '../statistics.mjs'
import { notMeasurable } from './figure.mjs'

/** Over the call of the library in the same run. */
const OVERHEAD_MS = 5
const READY_SECONDS = 2.5
const READS_PER_SECOND = 1000
const READ_P99_MS = 50
const KILLS = 50
const SESSION_KILLS = 20
/** Of the memory that the host has in the middle of the run, at its end. */
const GROWTH = 0.1

/**
 * What the service adds: an execution over HTTP, reads, and the time from its start until it listens.
 * @type {import('./figure.mjs').Figure}
 */
export const serviceFigure = {
  names: ['service'],
  slow: false,
  async measure({ quick, log }) {
    log('the service: executions over HTTP and by the library, taking turns')
    const { library, service } = await program('service/execution.mjs', [quick ? 8 : 25])
    log('the service: reads')
    const { ms, wrong, perSecond } = await program('service/reads.mjs', [quick ? 5 : 15, 32])
    log('the service: starts')
    const ready = await readySeconds(quick ? 3 : 7)
    const over = median(service) - median(library)
    return [
      {
        figure: 'POST /executions over the library call, median',
        unit: 'ms',
        ours: over,
        goal: atMost(OVERHEAD_MS),
        note: `${median(service).toFixed(1)} ms over HTTP, ${median(library).toFixed(1)} ms by the library`,
        details: { library, service },
      },
      {
        figure: `GET /tools, 32 clients, p99`,
        unit: 'ms',
        ours: quantile(ms, 0.99),
        goal: atMost(READ_P99_MS),
        note: `median ${median(ms).toFixed(1)} ms, ${wrong} without success`,
      },
      {
        figure: 'GET /tools, 32 clients: time of 1,000',
        unit: 's',
        ours: READS_PER_SECOND / perSecond,
        goal: atMost(1),
        note: `${perSecond.toFixed(0)} a second`,
      },
      {
        figure: 'serve until it listens, existing data, median',
        unit: 's',
        ours: median(ready),
        goal: atMost(READY_SECONDS),
        details: { ready },
      },
    ]
  },
}

/**
 * What it bears: many clients at once, and being killed.
 * @type {import('./figure.mjs').Figure}
 */
export const serviceSoakFigure = {
  names: ['service-soak'],
  slow: true,
  async measure({ log }) {
    if (!hasProc) return [notMeasurable('the service under load')]
    log('the service: 200 clients for a minute')
    const clients = await program('soak/service-clients.mjs', [200, 60])
    log(`the service: killed ${KILLS} times, takes minutes`)
    const kills = await program('soak/service-kills.mjs', [KILLS])
    log(`the service: killed ${SESSION_KILLS} times while sessions run, takes minutes`)
    const sessions = await program('soak/service-session-kills.mjs', [SESSION_KILLS])
    return [...clientRows(clients), ...killRows(kills), sessionKillRow(sessions)]
  },
}

function clientRows({ statuses, refusedWithoutReason, hanging, broken, running, rssMb, readMs }) {
  const wrong = Object.entries(statuses)
    .filter(([name]) => / 5\d\d$/.test(name))
    .reduce((sum, [, count]) => sum + count, 0)
  const middle = rssMb[Math.floor(rssMb.length / 2)] ?? Number.NaN
  const last = rssMb.at(-1) ?? Number.NaN
  const seen = Object.entries(statuses).map(([name, count]) => `${count} ${name}`)
  return [
    {
      figure: '200 clients for 60 s: 5xx, hanging, broken, without a reason, left running',
      unit: '',
      ours: wrong + hanging + broken + refusedWithoutReason + running,
      goal: atMost(0),
      note: `${seen.join(', ')}; reads p99 ${quantile(readMs, 0.99).toFixed(0)} ms`,
    },
    {
      figure: '200 clients for 60 s: host RSS, growth in the second half',
      unit: 'MB',
      ours: last - middle,
      goal: atMost(middle * GROWTH),
      note: `${(rssMb[0] ?? 0).toFixed(0)}, ${middle.toFixed(0)}, ${last.toFixed(0)} MB at the start, middle and end`,
      details: { rssMb },
    },
  ]
}

function killRows({ kills, acknowledged, lost, running, open, unexpected, readyMs }) {
  return [
    {
      figure: `killed ${kills} times: acknowledged writes lost, executions left running, audit entries left open`,
      unit: '',
      ours: lost.length + running.length + open + unexpected.length,
      goal: atMost(0),
      note: `${acknowledged} writes acknowledged; ready again after ${(median(readyMs) / 1000).toFixed(1)} s`,
      details: { lost, running, unexpected },
    },
  ]
}

function sessionKillRow({ kills, executions, writes, forked, deleted, made, lost, problems }) {
  return {
    figure: `killed ${kills} times: sessions lost, or not the same in the database and in their folder`,
    unit: '',
    ours: lost.length + problems.length,
    goal: atMost(0),
    note: `${made} made, ${forked} forked, ${deleted} deleted; ${executions} executions and ${writes} files acknowledged`,
    details: { lost, problems },
  }
}

/** @param {number} count */
async function readySeconds(count) {
  const folder = scratchFolder()
  const seconds = []
  try {
    for (let start = 0; start <= count; start++) {
      const service = await startService(folder.path)
      // The first one makes the database.
      if (start > 0) seconds.push(service.readyMs / 1000)
      await service.stop()
    }
    return seconds
  } finally {
    folder[Symbol.dispose]()
  }
}

/**
 * @param {string} file
 * @param {readonly number[]} args
 */
async function program(file, args) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
  if (!existsSync(path)) throw new Error(`Cannot measure: "${path}" is not there`)
  const { stdout } = await runToEnd(process.execPath, [path, ...args.map(String)])
  return JSON.parse(stdout)
}
