// npm run escapes
import { writeFileSync } from 'node:fs'
import { readAttacks } from './cases.mjs'
import { Harness } from './harness.mjs'
import { HELP, readOptions, UsageError } from './options.mjs'
import { Report } from './report.mjs'
import { TARGETS } from './targets.mjs'

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else process.exitCode = await main(options)
} catch (error) {
  process.stderr.write(`escapes: ${error instanceof UsageError ? error.message : error?.stack}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 70
}

/** @param {ReturnType<typeof readOptions>} options */
async function main({ only, targets, json, quick }) {
  const attacks = readAttacks(only)
  if (attacks.length === 0) throw new UsageError(`Cannot use --only "${only}": no id or category is that`)
  const chosen = TARGETS.filter(({ name }) => targets.includes(name))
  const report = new Report(attacks, chosen)
  const harness = new Harness({ quick })
  const stop = (/** @type {string} */ signal) => {
    process.stderr.write(`\nescapes: stopped by ${signal}\n`)
    void harness.close().finally(() => process.exit(130))
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const started = performance.now()
  try {
    for (const target of chosen) {
      process.stderr.write(`${target.name}: ${target.what}\n`)
      await harness.runAll(attacks, target, (verdict) => {
        report.add(verdict)
        process.stderr.write(report.progress(target.name))
      })
      process.stderr.write('\n')
    }
  } finally {
    await harness.close()
  }
  console.log(report.table())
  console.log(report.summary((performance.now() - started) / 1000))
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report.verdicts, null, 2)}\n`)
  return report.failures(only === undefined).length === 0 ? 0 : 1
}
