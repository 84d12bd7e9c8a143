import { fileURLToPath } from 'node:url'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { median, quantile } from '../statistics.mjs'

const ENTRIES = { quick: 50_000, whole: 1_000_000 }
/** Half of them on each database. */
const CHANGES = 1000
/** 50,000 a second. */
const VERIFY_1000_MS = 20
const PROOF_MS = 50

/**
 * The audit log: what an execution pays for it, how fast it is verified and proved; and whether changes of it are found.
 * @type {import('./figure.mjs').Figure}
 */
export const auditFigure = {
  names: ['audit', 'audit-changes'],
  slow: true,
  async measure({ quick, wanted, log }) {
    const rows = []
    if (wanted('audit')) rows.push(...(await costs(quick ? ENTRIES.quick : ENTRIES.whole, log)))
    if (wanted('audit-changes')) rows.push(await changes(log))
    return rows
  },
}

async function costs(count, log) {
  log(`an audit log of ${count} entries, takes minutes`)
  const path = fileURLToPath(new URL('../audit/log.mjs', import.meta.url))
  const { stdout } = await runToEnd(process.execPath, [path, String(count)])
  const { entries, ok, execution, proofs, writeMs, database, folder, foreign } = JSON.parse(stdout)
  if (!ok) throw new Error('Cannot measure: the log is not what was signed')
  const proofMs = quantile(proofs, 0.95) + (foreign ?? 0)
  return [
    {
      figure: 'audit: the statements that record begin and end of an execution, median',
      unit: 'ms',
      ours: median(execution),
      note: `p95 ${quantile(execution, 0.95).toFixed(1)} ms, embedded database`,
    },
    {
      figure: `audit: 1,000 entries of an export of ${entries} verified, CPU time`,
      unit: 'ms',
      ours: (folder.cpuMs / entries) * 1000,
      goal: atMost(VERIFY_1000_MS),
      note: `${((entries / folder.cpuMs) * 1000).toFixed(0)} per second of CPU time, ${((entries / folder.ms) * 1000).toFixed(0)} by the clock`,
    },
    {
      figure: 'audit: the same in the embedded database, with the CPU time of that',
      unit: 'ms',
      ours: (database.cpuMs / entries) * 1000,
      note: `${((entries / database.ms) * 1000).toFixed(0)} per second by the clock; written at ${((entries / writeMs) * 1000).toFixed(0)}/s`,
    },
    {
      figure: `audit: proof of one entry among ${entries}, p95, and its check by the other verifier`,
      unit: 'ms',
      ours: proofMs,
      goal: atMost(PROOF_MS),
      note: `made in ${median(proofs).toFixed(1)} ms; ${foreign === null ? 'the other verifier is not there' : `checked in ${foreign.toFixed(1)} ms, without the start of Python`}`,
    },
  ]
}

async function changes(log) {
  log(`${CHANGES} changes of an audit log, takes minutes`)
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
  const args = [vitest, 'run', 'packages/server/test/service/audit-changes.test.ts', '--testTimeout=1800000']
  await runToEnd(process.execPath, args, {
    ...process.env,
    AGENTCHAT_TEST_AUDIT_CHANGES: String(CHANGES / 2),
  })
  return {
    figure: `audit: ${CHANGES} changes that a verifier did not find`,
    unit: '',
    ours: 0,
    goal: atMost(0),
  }
}
