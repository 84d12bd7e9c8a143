import { fileURLToPath } from 'node:url'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { median, quantile } from '../statistics.mjs'

const PRINTS = 200
const CALLS = 300
const MIB = 2 ** 20

/**
 * What goes out and in: how soon output is there, what much of it and a large file cost the host, and what a model is
 * handed of a long one.
 * @type {import('./figure.mjs').Figure}
 */
export const outputFigure = {
  names: ['print-latency', 'slow-reader', 'large-file', 'to-text'],
  slow: false,
  async measure({ wanted, log }) {
    const rows = []
    if (wanted('print-latency')) rows.push(...(await printLatency(log)))
    if (wanted('slow-reader')) rows.push(await slowReader(log))
    if (wanted('large-file')) rows.push(await largeFile(log))
    if (wanted('to-text')) rows.push(await toText(log))
    return rows
  },
}

/**
 * Python's clock is another one: a tool that gives the host's time tells how far they are apart, as well as half of the
 * shortest call.
 * @param {(text: string) => void} log
 */
async function printLatency(log) {
  log('print-latency')
  const now = { name: 'host_now', execute: () => performance.now() }
  const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 }, tools: [now] })
  const code = `
import time
calls = []
for _ in range(${CALLS}):
    before = time.perf_counter()
    host = host_now()
    after = time.perf_counter()
    calls.append((after - before, host - 500 * (before + after)))
for _ in range(${PRINTS}):
    time.sleep(0.01)
    print(time.perf_counter())
sorted(calls)[0][1], sorted(call[0] for call in calls)[${CALLS / 2}] * 1000`
  await sandbox.start()
  const arrived = []
  let line = ''
  for await (const event of sandbox.stream(code)) {
    if (event.type === 'stdout') {
      line += event.text
      if (!line.endsWith('\n')) continue
      arrived.push({ at: performance.now(), printed: Number(line) * 1000 })
      line = ''
    }
    if (event.type !== 'finished') continue
    await sandbox.close()
    const { result, error } = event.result
    if (error !== null) throw new Error(`Cannot measure: ${error.message}`)
    const [offset, callMs] = result
    const delays = arrived.map(({ at, printed }) => at - printed - offset)
    return [
      {
        ...{ figure: 'print in Python to event on the host', unit: 'ms', ours: median(delays) },
        ...{
          goal: atMost(50),
          stretch: atMost(5),
          note: `95 % within ${quantile(delays, 0.95).toFixed(2)} ms`,
        },
      },
      { figure: 'call of a tool that returns at once', unit: 'ms', ours: callMs },
    ]
  }
  return []
}

/** @param {(text: string) => void} log */
async function slowReader(log) {
  log('slow-reader: takes 15 seconds')
  const { growthMb, seconds, streamed, kept, error } = await host('slow-reader.mjs')
  if (!streamed || !kept) throw new Error(`Cannot measure: output was lost (${error?.message ?? 'no error'})`)
  return {
    ...{
      figure: '100 MB of output, slow reader: host RSS growth',
      unit: 'MB',
      ours: growthMb,
      goal: atMost(32),
    },
    note: `${seconds.toFixed(1)} s; nothing was lost, neither of the events nor of what keepFullOutput kept`,
  }
}

/** @param {(text: string) => void} log */
async function largeFile(log) {
  log('large-file')
  const { growthMb, seconds, whole, error } = await host('large-file.mjs')
  if (!whole)
    throw new Error(`Cannot measure: the file came out as another one (${error?.message ?? 'no error'})`)
  const figure = '200 MB file in, hashed, out: host RSS growth'
  return { figure, unit: 'MB', ours: growthMb, goal: atMost(64), note: `${seconds.toFixed(1)} s in all` }
}

/** @param {(text: string) => void} log */
async function toText(log) {
  log('to-text')
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, maxOutputBytes: 20 * MIB })
  const result = await sandbox.execute(`print("head" + "x" * ${10 * MIB} + "tail")`)
  await sandbox.close()
  const started = performance.now()
  const text = result.toText()
  const ours = performance.now() - started
  const isWhole = text.length <= 10_000 && text.includes('head') && text.includes('tail')
  if (!isWhole) throw new Error('Cannot measure: the text is not what it should be')
  return {
    figure: 'toText() of 10 MB of output',
    unit: 'ms',
    ours,
    note: `${text.length} characters of 10,000`,
  }
}

/** @param {string} file */
async function host(file) {
  const { stdout } = await runToEnd(process.execPath, [
    fileURLToPath(new URL(`../output/${file}`, import.meta.url)),
  ])
  return JSON.parse(stdout)
}
