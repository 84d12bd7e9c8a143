import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasProc } from '../proc.mjs'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { quantile } from '../statistics.mjs'
import { notMeasurable } from './figure.mjs'

const HELD_MS = 50
const OTHERS_MS = 250
/** What runs of others may take, in quiet services. */
const SLOWER = 2
const QUIET_SECONDS = 20
const ATTACK_SECONDS = { short: 60, long: 300 }

/**
 * What strangers do to a service: each attack of the suite alone, then a user who attacks with everything.
 * @type {import('./figure.mjs').Figure}
 */
export const hostileFigure = {
  names: ['hostile', 'hostile-long'],
  slow: true,
  async measure({ wanted, log }) {
    if (!hasProc) return [notMeasurable('attacks on a service')]
    log('attacks over HTTP, each alone, takes minutes')
    const alone = await attacksAlone()
    const seconds = wanted('hostile-long') ? ATTACK_SECONDS.long : ATTACK_SECONDS.short
    log(`a user who attacks with everything for ${seconds} s`)
    const path = fileURLToPath(new URL('../soak/hostile-user.mjs', import.meta.url))
    const { stdout } = await runToEnd(process.execPath, [path, String(QUIET_SECONDS), String(seconds)])
    return [...aloneRows(alone), ...userRows(JSON.parse(stdout), seconds)]
  },
}

/** @returns what was measured of each attack */
async function attacksAlone() {
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-bench-'))
  const facts = join(folder, 'facts.jsonl')
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
  const env = { ...process.env, ESCAPES_FACTS: facts, ESCAPES_AT_ONCE: '1' }
  try {
    // Its exit code says whether all attacks were borne, which the figures say too.
    await runToEnd(process.execPath, [vitest, 'run', 'test/escapes/http'], env).catch(() => {})
    const lines = readFileSync(facts, 'utf8').trim().split('\n')
    return lines.map((line) => JSON.parse(line))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function aloneRows(alone) {
  const count = new Set(alone.flatMap(({ ids }) => ids)).size
  const row = (figure, over, measureOf) => {
    const those = alone.filter(over)
    const worst = [...those].sort((a, b) => measureOf(b) - measureOf(a)).slice(0, 5)
    const shown = worst.map((each) => `${each.ids[0]} ${measureOf(each).toFixed(0)}`).join(', ')
    const goal = atMost(0)
    return {
      figure: `${count} attacks over HTTP: ${figure}`,
      unit: '',
      ours: those.length,
      goal,
      note: shown,
    }
  }
  // A slow or a busy machine is not the service: it is measured beside each attack.
  const heldMs = ({ heldMs, slowness }) => heldMs / slowness
  const othersMs = ({ readsP95Ms, slowness, starved }) => readsP95Ms / slowness / starved
  return [
    row(
      'the process has ended',
      ({ alive }) => !alive,
      () => 0,
    ),
    row(`the event loop computed for more than ${HELD_MS} ms`, (each) => heldMs(each) > HELD_MS, heldMs),
    row(`reads of others above ${OTHERS_MS} ms, p95`, (each) => othersMs(each) > OTHERS_MS, othersMs),
  ]
}

function userRows({ quiet, attacked, statuses }, seconds) {
  const [before, during] = [quantile(quiet.runMs, 0.95), quantile(attacked.runMs, 0.95)]
  const reads = quantile(attacked.readMs, 0.95)
  const answered = Object.entries(statuses).map(([status, count]) => `${count} ${status}`)
  return [
    {
      figure: `a user attacks with everything for ${seconds} s: print(1) of another, p95, over a quiet service`,
      unit: 'x',
      ours: during / before,
      goal: atMost(SLOWER),
      note: `${during.toFixed(0)} ms, quiet ${before.toFixed(0)} ms; ${attacked.failed} failed; answered ${answered.join(', ')}`,
    },
    {
      figure: 'the same: /healthz, p95',
      unit: 'ms',
      ours: reads,
      goal: atMost(OTHERS_MS),
      note: `quiet ${quantile(quiet.readMs, 0.95).toFixed(0)} ms`,
    },
  ]
}
