import { extractCode } from 'agentchat-sandbox-agent'
import { compareOutcome } from './compare-outcome.mjs'

/**
 * Executes the code of recorded runs in live sessions, a session for each run.
 * @returns {Promise<{ share: number, text: string, differences: object[] }>}
 */
export async function replayRuns(sandbox, allRuns, { models, runs: most, jobs }) {
  const { result: standard } = await sandbox.execute('import sys\nsorted(sys.stdlib_module_names)')
  const names = new Set(standard)
  const plain = allRuns
    .filter(({ model }) => models.includes(model))
    .filter(({ turns }) => turns.every(({ code }) => code === null || needsOnly(code, names)))
  const chosen = plain.filter(({ turns }) => turns.some(({ executed }) => executed)).slice(0, most)
  const waiting = chosen[Symbol.iterator]()
  const differences = []
  let actions = 0
  const work = async () => {
    for (const run of waiting) {
      const { done, wrong } = await replayRun(sandbox, run)
      actions += done
      differences.push(...wrong)
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: jobs }, work))
  const share = actions === 0 ? 1 : 1 - differences.length / actions
  const seconds = ((performance.now() - begun) / 1000).toFixed(0)
  const lines = [
    `code of the standard library alone: ${unheard(plain)}`,
    `actions: ${actions} in ${chosen.length} runs of ${models.join(', ')}, in ${seconds} s`,
    `  came to the same       ${actions - differences.length} (${(100 * share).toFixed(2)} %)`,
    ...countsOf(differences).map(([reason, count]) => `  ${reason.padEnd(50)} ${count}`),
  ]
  return { share, text: lines.join('\n'), differences }
}

async function replayRun(sandbox, { id, turns }) {
  const session = sandbox.session()
  const wrong = []
  let done = 0
  try {
    for (const [turn, { said, executed, observation }] of turns.entries()) {
      if (!executed || observation === null) continue
      const { code } = extractCode(said, ['execute'])
      const result = await session.execute(code ?? '')
      done += 1
      const difference = compareOutcome(observation, result, code ?? '')
      if (difference !== null) wrong.push({ id, turn, ...difference, code })
    }
  } finally {
    await session.close()
  }
  return { done, wrong }
}

/** Why there is more code than actions: what the recorder did not run, or told nobody of, has nothing to be compared with. */
function unheard(runs) {
  const codes = runs.flatMap(({ turns }) => turns).filter(({ code }) => code !== null)
  const beside = codes.filter(({ executed }) => !executed).length
  const untold = codes.filter(({ executed, observation }) => executed && observation === null).length
  return (
    `${codes.length} pieces, of which ${beside} stood beside a solution and were not run, ` +
    `${untold} have no outcome in the record`
  )
}

function needsOnly(code, names) {
  if (/\b(wikipedia_search|input)\s*\(/.test(code)) return false
  const imports = [...code.matchAll(/^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w., \t]+))/gm)]
  return imports
    .flatMap(([, from, plain]) => (from ?? plain).split(','))
    .every((name) => names.has(name.trim().split(/[.\s]/, 1)[0]))
}

function countsOf(differences) {
  const counts = new Map()
  for (const { reason } of differences) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].sort(([, one], [, other]) => other - one)
}
