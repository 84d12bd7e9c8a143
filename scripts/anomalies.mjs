import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// npm run anomalies -- --attacks <folder> --ordinary <folder or file.jsonl>: how many attacks are flagged, or contained
// with a denial on record, and how many ordinary programs are flagged. A folder holds programs (*.py, *.jsonl with
// { "id", "program" } a line). Put several after each option where there are several.

const ROOT = new URL('../', import.meta.url)
const HOLDERS = { CANARY_FILE: '/etc/canary', CANARY_ENV: 'CANARY', CANARY_WRITE: '/tmp/canary-write' }

/**
 * The programs of a place.
 * @param {string} place
 * @returns {{ id: string, program: string }[]}
 */
export function programsIn(place) {
  if (statSync(place).isDirectory())
    return readdirSync(place)
      .sort()
      .filter((name) => /\.(py|jsonl)$/.test(name))
      .flatMap((name) => programsIn(join(place, name)))
  const text = readFileSync(place, 'utf8')
  if (!place.endsWith('.jsonl')) return [{ id: place, program: filled(text) }]
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line))
}

/** What stands for files and ports of who tests. */
function filled(text) {
  return text
    .replaceAll(/@(CANARY_FILE|CANARY_ENV|CANARY_WRITE)@/g, (_, name) => HOLDERS[name])
    .replaceAll(/@(CANARY|ALLOWED)_PORT@/g, '9')
}

/**
 * Runs programs and says what is odd about each.
 * @param {object} means the sandbox, and `judge` of the service
 * @param {{ id: string, program: string }[]} programs
 */
export async function judged({ sandbox, judge, judgedRunOf, noHistory }, programs) {
  const results = []
  const next = programs.values()
  const work = async () => {
    for (const { id, program } of next) {
      const result = await sandbox.execute(program, { timeoutSeconds: 3 })
      const known = { executionId: id, userId: 'usr_1', apiKeyId: null, toolId: null, codeSha256: id }
      const run = judgedRunOf({ ...known, code: program }, result)
      const rules = judge({ run, history: noHistory }).map(({ rule }) => rule)
      results.push({ id, rules, denied: run.denied.length, error: run.error })
    }
  }
  await Promise.all([work(), work()])
  return results
}

/** @param {string[]} args */
function placesOf(args, option) {
  const places = []
  let taken = false
  for (const arg of args) {
    if (arg.startsWith('--')) taken = arg === option
    else if (taken) places.push(arg)
  }
  return places
}

async function main(args) {
  const load = (path) => import(new URL(`packages/${path}`, ROOT).href)
  const { PyodideSandbox } = await load('sandbox/build/sandbox/index.js')
  const { ruleFindings } = await load('server/build/services/anomalies/judge.js')
  const { judgedRunOf, NO_HISTORY } = await load('server/build/services/anomalies/judged-run.js')
  const sandbox = new PyodideSandbox({ memoryLimitMb: 256, pool: { min: 2, max: 2 } })
  const means = { sandbox, judge: ruleFindings, judgedRunOf, noHistory: NO_HISTORY }
  try {
    for (const option of ['--attacks', '--ordinary']) {
      const programs = placesOf(args, option).flatMap(programsIn)
      if (programs.length === 0) continue
      const results = await judged(means, programs)
      tell(option.slice(2), results)
    }
  } finally {
    await sandbox.close()
  }
}

function tell(name, results) {
  const flagged = results.filter(({ rules }) => rules.length > 0)
  const seen = results.filter(({ rules, denied }) => rules.length > 0 || denied > 0)
  const share = (part) =>
    `${part.length} of ${results.length} (${((100 * part.length) / results.length).toFixed(1)} %)`
  console.log(`${name}: flagged ${share(flagged)}; flagged or refused something ${share(seen)}`)
  const counts = new Map()
  for (const rule of results.flatMap(({ rules }) => rules)) counts.set(rule, (counts.get(rule) ?? 0) + 1)
  for (const [rule, count] of [...counts].sort(([, one], [, other]) => other - one))
    console.log(`  ${count} ${rule}`)
  const odd = name === 'ordinary' ? seen : results.filter((result) => !seen.includes(result))
  for (const { id, rules, error } of odd)
    console.log(`  ${name === 'ordinary' ? 'seen' : 'missed'}: ${id} ${error ?? ''} ${rules.join(', ')}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2))
