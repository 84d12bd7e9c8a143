// npm run bench: measures what the library promises, prints a table, writes bench/results/latest.json.
import { mkdirSync, writeFileSync } from 'node:fs'
import { PyodideSandbox } from '../packages/sandbox/build/sandbox/index.js'
import { helpText, parseBenchArguments } from './arguments.mjs'
import { busyShare } from './busy-share.mjs'
import { agentFigure } from './figures/agent.mjs'
import { auditFigure } from './figures/audit.mjs'
import { autoInstallFigure } from './figures/auto-install.mjs'
import { batchFigure } from './figures/batch.mjs'
import { consoleFigure } from './figures/console.mjs'
import { cpuBoundFigure } from './figures/cpu-bound.mjs'
import { cpuTimeFigure } from './figures/cpu-time.mjs'
import { hostileFigure } from './figures/hostile.mjs'
import { importFigure } from './figures/import.mjs'
import { listsFigure } from './figures/lists.mjs'
import { machineSessionsFigure } from './figures/machine-sessions.mjs'
import { machinesFigure } from './figures/machines.mjs'
import { mcpFigure } from './figures/mcp.mjs'
import { mcpCancelFigure } from './figures/mcp-cancel.mjs'
import { memoryFigure } from './figures/memory.mjs'
import { numpySessionFigure } from './figures/numpy-session.mjs'
import { outputFigure } from './figures/output.mjs'
import { packagesFigure } from './figures/packages.mjs'
import { redactionFigure } from './figures/redaction.mjs'
import { sequenceFigure } from './figures/sequence.mjs'
import { serviceFigure, serviceSoakFigure } from './figures/service.mjs'
import { serviceGrownFigure } from './figures/service-grown.mjs'
import { sessionGrowthFigure } from './figures/session-growth.mjs'
import { sessionSoakFigure } from './figures/session-soak.mjs'
import { sessionsFigure } from './figures/sessions.mjs'
import { callersFigure, thousandFigure } from './figures/soak.mjs'
import { startFigure } from './figures/start.mjs'
import { sustainedFigure } from './figures/sustained.mjs'
import { toolsFigure } from './figures/tools.mjs'
import { usageFigure } from './figures/usage.mjs'
import { wallsFigure } from './figures/walls.mjs'
import { machineFacts } from './machine.mjs'
import { ratioOf, verdictOf } from './row.mjs'
import { formatTable } from './table.mjs'

const FIGURES = [
  startFigure,
  importFigure,
  wallsFigure,
  toolsFigure,
  packagesFigure,
  autoInstallFigure,
  outputFigure,
  redactionFigure,
  sessionsFigure,
  numpySessionFigure,
  sessionGrowthFigure,
  sessionSoakFigure,
  cpuTimeFigure,
  usageFigure,
  batchFigure,
  sustainedFigure,
  memoryFigure,
  sequenceFigure,
  cpuBoundFigure,
  callersFigure,
  thousandFigure,
  serviceFigure,
  auditFigure,
  listsFigure,
  machinesFigure,
  machineSessionsFigure,
  agentFigure,
  mcpFigure,
  mcpCancelFigure,
  consoleFigure,
  serviceSoakFigure,
  serviceGrownFigure,
  hostileFigure,
]
const RESULTS = new URL('results/', import.meta.url)

const log = (text) => process.stderr.write(`bench: ${text}\n`)
const names = FIGURES.flatMap((figure) => figure.names)

/** @param {import('./arguments.mjs').BenchArguments} args */
async function bench({ quick, only, json }) {
  const wanted = (name) => only.length === 0 || only.includes(name)
  const chosen = FIGURES.filter((figure) =>
    only.length > 0 ? figure.names.some(wanted) : !(quick && figure.slow),
  )
  const date = new Date().toISOString()
  await makeImage()
  const busyBefore = await busyShare()
  const rows = []
  for (const figure of chosen) rows.push(...(await figure.measure({ quick, wanted, log })))
  const report = {
    date,
    machine: machineFacts(),
    busy: { before: busyBefore, after: await busyShare() },
    rows: rows.map((row) => ({ ...row, ratio: ratioOf(row), met: verdictOf(row) })),
  }
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(new URL('latest.json', RESULTS), `${JSON.stringify(report, null, 2)}\n`)
  console.log(json ? JSON.stringify(report, null, 2) : formatReport(report))
}

/** So that no figure pays for it. */
async function makeImage() {
  const onProgress = ({ stage }) => log(stage)
  const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 }, onProgress })
  await sandbox.start()
  await sandbox.close()
}

/**
 * @param {object} report
 * @param {string} report.date
 * @param {ReturnType<typeof machineFacts>} report.machine
 * @param {{ before: number | null, after: number | null }} report.busy
 * @param {import('./row.mjs').Row[]} report.rows
 */
function formatReport({ date, machine, busy, rows }) {
  const { cpus, cpuModel, node, deno, pyodide, platform } = machine
  const facts = `${date}, ${platform}, ${cpus} x ${cpuModel}, Node ${node}, Deno ${deno}, Pyodide ${pyodide}`
  const share = (value) => (value === null ? 'unknown' : `${(value * 100).toFixed(0)} %`)
  const others = `Busy with other work: ${share(busy.before)} before, ${share(busy.after)} after`
  return `${facts}\n${others}\n\n${formatTable(rows)}`
}

try {
  const args = parseBenchArguments(process.argv.slice(2), names)
  if (args.help) console.log(helpText(names))
  else await bench(args)
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
