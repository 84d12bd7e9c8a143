// node bench/profile-start.mjs: where the time of a worker's start goes, phase by phase.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { markWorkers } from './mark-workers.mjs'
import { readStat } from './proc.mjs'
import { median } from './statistics.mjs'

const HELP = `Usage: node bench/profile-start.mjs [--starts 15] [--v8-flags=--a,--b]

Starts workers one after another, as the pool does it, and prints how long each phase takes (median).
--v8-flags adds flags of V8 to those that a worker has, to see what they do to a start.`
const MAX_MESSAGE_BYTES = 2 ** 22
/** The first start builds the image, the second fills V8's code cache. */
const WARM_UP_STARTS = 3

const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '15' },
    'v8-flags': { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) console.log(HELP)
else await profile(Number(values.starts), values['v8-flags'])

/**
 * @param {number} starts
 * @param {string} v8Flags
 */
async function profile(starts, v8Flags) {
  // Wraps what the library imports: it has to come first.
  const launches = markWorkers(v8Flags)
  const { Image } = await import('../packages/sandbox/build/sandbox/image/image.js')
  const { BASE_RECIPE } = await import('../packages/sandbox/build/sandbox/image/recipe.js')
  const cacheDir = mkdtempSync(join(tmpdir(), 'agentchat-bench-profile-'))
  try {
    const image = new Image(BASE_RECIPE, { cacheDir, isolation: 'auto', onProgress: () => {} })
    const runs = []
    for (let start = -WARM_UP_STARTS; start < starts; start++) {
      const phases = await startOnce(image, launches)
      if (start >= 0) runs.push(phases)
    }
    print(runs)
  } finally {
    rmSync(cacheDir, { recursive: true, force: true })
  }
}

/**
 * @param {import('../packages/sandbox/build/sandbox/image/image.js').Image} image
 * @param {number[]} launches when each worker was spawned
 * @returns {Promise<Record<string, number>>} milliseconds of each phase, in order
 */
async function startOnce(image, launches) {
  const asked = now()
  const worker = await image.startWorker(MAX_MESSAGE_BYTES)
  const ready = now()
  const cpuSeconds = readStat(worker.pid)?.cpuSeconds ?? Number.NaN
  await worker.finish()
  const { detail } = await worker.gone
  const marks = JSON.parse(detail.split('\n').at(-1) || '[]')
  let last = launches.at(-1) ?? Number.NaN
  const phases = { 'host: before the process, mostly a copy of the code cache': last - asked }
  for (const [phase, endedAt] of marks) {
    phases[phase] = endedAt - last
    last = endedAt
  }
  phases['message to the host, end of the code cache'] = ready - last
  return { ...phases, 'all of it': ready - asked, 'CPU time of the process': cpuSeconds * 1000 }
}

function now() {
  return performance.timeOrigin + performance.now()
}

/** @param {readonly Record<string, number>[]} runs */
function print(runs) {
  const phases = Object.keys(runs[0] ?? {})
  const width = Math.max(...phases.map((phase) => phase.length))
  console.log(`| ${'phase'.padEnd(width)} | median ms |\n| ${'-'.repeat(width)} | --------: |`)
  for (const phase of phases) {
    const time = median(runs.map((run) => run[phase] ?? Number.NaN)).toFixed(1)
    console.log(`| ${phase.padEnd(width)} | ${time.padStart(9)} |`)
  }
}
