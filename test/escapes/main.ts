// npm run escapes: what `build/escapes/main.js` is made of.
import { writeFileSync } from 'node:fs'
import { readAttacks } from './cases.ts'
import { Harness } from './harness.ts'
import { HELP, type Options, readOptions, UsageError } from './options.ts'
import { Report } from './report.ts'
import { TARGETS } from './targets.ts'

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else process.exitCode = await main(options)
} catch (error) {
  const said = error instanceof UsageError ? error.message : error instanceof Error ? error.stack : error
  process.stderr.write(`escapes: ${said}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 70
}

async function main({ only, targets, json, quick }: Options): Promise<number> {
  const attacks = readAttacks(only)
  if (attacks.length === 0) throw new UsageError(`Cannot use --only "${only}": no id or category is that`)
  const chosen = TARGETS.filter(({ name }) => targets.includes(name))
  const report = new Report(attacks, chosen)
  const harness = new Harness({ quick })
  const stop = (signal: string) => {
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
