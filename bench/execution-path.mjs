// Which files of the library a warm `execute('print(1)')` passes through: those of which a function is called from the call of
// `execute` until its result is there. The figure of the house is 15.
// Usage: node bench/execution-path.mjs
import { Session } from 'node:inspector/promises'
import { PyodideSandbox } from '../packages/sandbox/build/sandbox/index.js'

const BUILD = new URL('../packages/', import.meta.url).href
const session = new Session()
session.connect()
await session.post('Profiler.enable')
const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
await sandbox.start()
await sandbox.execute('print(1)')
// The next worker is warm, and what warming it does is over.
await new Promise((resolve) => setTimeout(resolve, 4000))
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
await session.post('Profiler.takePreciseCoverage')
await sandbox.execute('print(1)')
const { result } = await session.post('Profiler.takePreciseCoverage')
await sandbox.close()
const files = result
  .filter(({ url }) => url.startsWith(BUILD))
  .map(({ url, functions }) => ({
    name: url.slice(BUILD.length).replace('/build/', '/'),
    called: functions.filter(
      ({ functionName, ranges: [range] }) =>
        range.count > 0 && (functionName !== '' || range.startOffset > 0),
    ),
  }))
  .filter(({ called }) => called.length > 0)
for (const { name, called } of files)
  console.log(name, called.map(({ functionName }) => functionName || '(anonymous)').join(' '))
console.log(
  `${files.filter(({ name }) => name.startsWith('sandbox/')).length} files of the library, ${files.length} in all`,
)
process.exit(0)
