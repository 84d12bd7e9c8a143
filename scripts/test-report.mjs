// Sums up vitest's JSON reports: what failed, with the reason, the slowest files, and one closing line that counts.
//   node scripts/test-report.mjs <report.json> ...
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

const SLOWEST = 20
const MESSAGE_CHARACTERS = 1_500

const sum = { passed: 0, failed: 0 }
const times = []
const failed = []

for (const path of process.argv.slice(2)) {
  if (existsSync(path)) {
    addReport(JSON.parse(readFileSync(path, 'utf8')))
  } else {
    console.log('No test was run: what is wrong stands above (linter, types, build or the installation)')
    sum.failed += 1
  }
}

console.log('\nSlowest files:')
for (const { name, seconds } of times.sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST)) {
  console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}`)
}
// Once more by name alone, where a log that was cut still shows them.
if (failed.length > 0) console.log(`\nFailed:\n${failed.map((name) => `  ${name}`).join('\n')}`)
console.log(`${sum.passed} passed, ${sum.failed} failed`)

function addReport(report) {
  sum.passed += report.numPassedTests
  // A file that cannot be loaded fails without a test that does.
  sum.failed += report.numFailedTests || (report.success ? 0 : 1)
  for (const file of report.testResults) {
    const name = relative(process.cwd(), file.name)
    times.push({ name, seconds: (file.endTime - file.startTime) / 1000 })
    for (const test of file.assertionResults.filter(({ status }) => status === 'failed')) {
      tellFailure(`${name} > ${test.fullName}`, test.failureMessages)
    }
    if (file.status === 'failed' && file.message) {
      tellFailure(name, [file.message])
    }
  }
}

function tellFailure(name, messages) {
  failed.push(name)
  console.log(`\nFAILED ${name}\n${messages.join('\n').slice(0, MESSAGE_CHARACTERS)}`)
}
