import { randomBytes } from 'node:crypto'
import { RedactionCounter } from '../../packages/base/build/redaction/byte-redactor.js'
import { KnownSecrets } from '../../packages/base/build/redaction/known-secrets.js'
import { RedactorChain } from '../../packages/base/build/redaction/redactor-chain.js'
import { Shapes } from '../../packages/base/build/redaction/shapes/shape-redactor.js'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { atMost } from '../row.mjs'
import { quantile } from '../statistics.mjs'

const SECRETS = 200
const PIECE_BYTES = 65_536
const MEGABYTES = { quick: 4, whole: 20 }
/** 50 MB/s, and 5 MB/s. */
const ORDINARY_MS = 20
const HOSTILE_MS = 200
const DELAY_MS = 10
const HELD_MS = 50
const LINES = 60

/**
 * What redaction costs: of ordinary output and of output that was written to take long, in time; how long it holds
 * output up; and how long making the forms of many secrets holds the event loop.
 * @type {import('./figure.mjs').Figure}
 */
export const redactionFigure = {
  names: ['redaction'],
  slow: false,
  async measure({ quick, log }) {
    log('redaction')
    const megabytes = quick ? MEGABYTES.quick : MEGABYTES.whole
    const values = Array.from({ length: SECRETS }, () => `sk-proj-${randomBytes(18).toString('base64url')}`)
    const known = new KnownSecrets(values)
    const heldMs = await longestHold(() => known.prepare())
    const shapes = await Shapes.load()
    const patterns = (counter) => new RedactorChain(known.redactor(counter), shapes.redactor(counter))
    const row = (figure, text, { goal, newRedactor = (counter) => known.redactor(counter) }) => ({
      figure: `redaction: ${figure}, CPU time of 1 MB`,
      unit: 'ms',
      ours: cpuMsOfMegabyte(newRedactor, text, megabytes),
      goal: atMost(goal),
      note: `${SECRETS} secrets`,
    })
    const plain = await delayMs('off', values)
    const delayed = await delayMs('known', values)
    return [
      row('ordinary output', ordinary(), { goal: ORDINARY_MS }),
      row('ordinary output, with patterns', ordinary(), { goal: ORDINARY_MS, newRedactor: patterns }),
      row('beginnings of secrets', 'sk-proj-'.repeat(131_072), { goal: HOSTILE_MS }),
      row('sequences for terminals', '\x1b['.repeat(524_288), { goal: HOSTILE_MS }),
      row('backslashes, with patterns', '\\'.repeat(2 ** 20), { goal: HOSTILE_MS, newRedactor: patterns }),
      row('combining marks', '\u0301\u200d'.repeat(209_715), { goal: HOSTILE_MS }),
      {
        figure: 'redaction: a line that ends in two letters of a secret comes later, p95',
        unit: 'ms',
        ours: Math.max(0, delayed - plain),
        goal: atMost(DELAY_MS),
        note: `${delayed.toFixed(1)} ms, ${plain.toFixed(1)} ms without redaction`,
      },
      {
        figure: `redaction: the event loop is held while the forms of ${SECRETS} secrets are made`,
        unit: 'ms',
        ours: heldMs,
        goal: atMost(HELD_MS),
      },
    ]
  },
}

/** Lines of a log, a table and a traceback, again and again. */
function ordinary() {
  const lines = [
    'Collecting numpy>=2 (from -r requirements.txt (line 3))',
    '  Downloading numpy-2.1.0-cp312-cp312-manylinux_2_17_x86_64.whl (16.3 MB)',
    '            mean       std       min       25%       50%       75%       max',
    'price  104.21000  12.53125  81.00000  95.25000 103.50000 112.75000 140.00000',
    '  File "/workspace/main.py", line 12, in <module>',
    "KeyError: 'amount'",
    'commit 6abcaa9f3e2d1c0b9a8f7e6d5c4b3a29181f0e1d',
  ]
  return `${lines.join('\n')}\n`.repeat(Math.ceil(2 ** 20 / lines.join('\n').length)).slice(0, 2 ** 20)
}

function cpuMsOfMegabyte(newRedactor, text, megabytes) {
  const bytes = Buffer.from(text)
  const redactor = newRedactor(new RedactionCounter())
  // Once to be compiled.
  for (let round = 0, before; round < 2; round++) {
    before = process.cpuUsage()
    let done = 0
    while (done < (round === 0 ? 1 : megabytes) * 2 ** 20) {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES)
        redactor.push(bytes.subarray(at, at + PIECE_BYTES))
      done += bytes.length
    }
    redactor.end()
    const { user, system } = process.cpuUsage(before)
    if (round === 1) return (user + system) / 1000 / (done / 2 ** 20)
  }
  throw new TypeError('not measured')
}

async function longestHold(work) {
  let longest = 0
  let last = performance.now()
  let going = true
  const look = () => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
    if (going) setImmediate(look)
  }
  setImmediate(look)
  await work()
  going = false
  return longest
}

/** How long after it was printed a line comes that ends as secrets begin. */
async function delayMs(redaction, knownSecrets) {
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, redaction, knownSecrets })
  const code = `
import time
for _ in range(${LINES}):
    print(f"<{time.time() * 1000:.3f}>sk", end="", flush=True)
    time.sleep(0.04)
`
  const delays = []
  let seen = ''
  try {
    for await (const event of sandbox.stream(code)) {
      if (event.type !== 'stdout') continue
      seen += event.text
      const printed = /<([\d.]+)>sk$/.exec(seen)?.[1]
      if (printed !== undefined) delays.push(performance.timeOrigin + performance.now() - Number(printed))
    }
  } finally {
    await sandbox.close()
  }
  return quantile(delays, 0.95)
}
