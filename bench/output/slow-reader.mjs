// 100 MB of output, read slowly, with all of it kept. Prints as JSON how much the host grew and whether all came.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { growthWhile } from './growth.mjs'

const LINE = 100
const LINES = 1_000_000
/** The reader rests for so long after so many characters: 100 MB take some ten seconds. */
const REST = { chars: 1_000_000, ms: 100 }

const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, timeoutSeconds: 300, keepFullOutput: true })
await sandbox.execute('print(1)')
const expected = createHash('sha256')
for (let line = 0; line < LINES; line++) expected.update(`${String(line).padStart(LINE - 1, '0')}\n`)
const digest = expected.digest('hex')

const started = performance.now()
const { growthMb, value } = await growthWhile(async () => {
  const hash = createHash('sha256')
  let rest = 0
  const code = `for n in range(0, ${LINES}, 100):\n    print("".join(f"{m:0${LINE - 1}}\\n" for m in range(n, n + 100)), end="")`
  for await (const event of sandbox.stream(code)) {
    if (event.type === 'finished') return { streamed: hash.digest('hex'), result: event.result }
    if (event.type !== 'stdout') continue
    hash.update(event.text)
    rest += event.text.length
    if (rest < REST.chars) continue
    rest = 0
    await sleep(REST.ms)
  }
})
const seconds = (performance.now() - started) / 1000
const kept = createHash('sha256')
for await (const piece of value.result.fullOutput.stdout.stream()) kept.update(piece)
await sandbox.close()
const whole = { streamed: value.streamed === digest, kept: kept.digest('hex') === digest }
console.log(JSON.stringify({ growthMb, seconds, error: value.result.error, ...whole }))
