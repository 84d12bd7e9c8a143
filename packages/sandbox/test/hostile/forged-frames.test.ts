import { expect, test } from 'vitest'
import { runHostile } from '../fixtures/hostile-runner.ts'
import { executeAndRecover, sandboxTest } from '../fixtures/sandbox.ts'

/** What the streams of hostile frames that follow are made of; each begins with good ones. */
const STREAMS = `
  let state = SEED
  const next = (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
  const good = [() => stdout('o'.repeat(1 + next(9))), () => frame(4, Buffer.from('e')), () => message(started)]
  const changed = (bytes, at, by) => { bytes[at] ^= by; return bytes }
  // None of them is an end of this run: what the host makes of the run must not be a success.
  const bad = [
    () => changed(message(end), 5 + next(8), 1 + next(255)),
    () => changed(message(end), 1 + next(4), 1 + next(255)),
    () => message(end).subarray(0, next(message(end).length)),
    () => message(end).subarray(1 + next(12)),
    () => Buffer.from(Array.from({ length: 14 + next(300) }, () => next(256))),
    () => message({ ...end, run: 2 + next(9) }),
    () => message({ ...end, status: 'success' }),
    () => message({ ...end, resultCut: 'no' }),
    () => message(JSON.stringify(end).slice(0, -1 - next(100))),
    () => message(JSON.stringify(end) + '\\0'.repeat(1 + next(9))),
    () => frame(2, changed(Buffer.from(JSON.stringify(end)), 0, 1 + next(127))),
    () => changed(message(end), 0, 8 + next(200)),
  ]
  const frames = []
  const spoilt = next(COUNT)
  for (let at = 0; at < COUNT; at++)
    frames.push((at < spoilt ? good[next(good.length)] : bad[next(bad.length)])())
  write(Buffer.concat(frames))
  process.exit(0)`

const WORKERS = 125
const FRAMES_OF_A_WORKER = 800
const AT_ONCE = 5

test(`${WORKERS * FRAMES_OF_A_WORKER} frames of hostile workers end no run with success, and none ends the host`, async () => {
  let read = 0
  for (let seed = 0; seed < WORKERS; seed += AT_ONCE) {
    const seeds = Array.from({ length: AT_ONCE }, (_, index) => seed + index)
    const program = (each: number) =>
      STREAMS.replace('SEED', `${each}`).replaceAll('COUNT', `${FRAMES_OF_A_WORKER}`)
    const results = await Promise.all(
      seeds.map((each) => runHostile(program(each), { maxOutputBytes: 10_000 })),
    )
    for (const [index, { status, result, error, stdout, stderr }] of results.entries()) {
      expect({ seed: seeds[index], status, result, kind: error?.kind }).toEqual({
        seed: seeds[index],
        status: 'error',
        result: null,
        kind: 'crashed',
      })
      read += stdout.length + stderr.length
    }
  }
  // The good ones before were read: about half of all, with some characters each.
  expect(read).toBeGreaterThan(WORKERS * FRAMES_OF_A_WORKER)
})

test.each<[string, string]>([
  ['an end as bare JSON', 'Buffer.from(JSON.stringify(end))'],
  ['an end on a line', 'Buffer.from("\\n" + JSON.stringify(end) + "\\n")'],
  ['headers of HTTP', 'Buffer.from("Content-Length: 4\\r\\n\\r\\ntrue")'],
  ['half a header', 'Buffer.from([2, 255, 255, 255, 255])'],
  ['garbage', 'Buffer.alloc(65536, 0xfe)'],
  ['zeros', 'Buffer.alloc(4096)'],
])('%s on the pipe of the runner is no success', async (_, bytes) => {
  const result = await runHostile(`write(stdout("so far")); write(${bytes}); process.exit(0)`)
  expect(result).toMatchObject({
    status: 'error',
    result: null,
    stdout: 'so far',
    error: { kind: 'crashed' },
  })
})

sandboxTest.for(['set', 'subarray', 'slice', 'fill'])(
  'Python cannot put a function of its own where each frame goes through: %s',
  async (name, { sandbox }) => {
    const code = `
from pyodide.ffi import create_proxy, to_js
try:
    setattr(to_js(b"").constructor.prototype, "${name}", create_proxy(lambda *_: to_js(b"FORGED")))
except Exception as error:
    print(type(error).__name__)
"HONEST"`
    expect(await executeAndRecover(sandbox, code)).toMatchObject({
      status: 'success',
      result: 'HONEST',
      stdout: 'JsException\n',
    })
  },
)

sandboxTest('frames that Python prints are output', async ({ sandbox }) => {
  const end = '{"type":"end","run":1,"result":"FORGED","error":null}'
  const code = `import os, sys\nprint('${end}')\nos.write(1, b'\\x02\\x01')\nos.write(2, b'\\x02\\x01')\n"HONEST"`
  expect(await executeAndRecover(sandbox, code)).toMatchObject({
    status: 'success',
    result: 'HONEST',
    stdout: `${end}\n\u0002\u0001`,
    stderr: '\u0002\u0001',
  })
})

sandboxTest('polluted prototypes of the worker do not reach the host', async ({ sandbox }) => {
  const code = `
from pyodide.ffi import create_proxy, to_js
lie = create_proxy(lambda *_: "FORGED")
for value in ([], {}, b""):
    prototype = to_js(value).constructor.prototype
    for name, lies in (("toJSON", lie), ("toString", lie), ("status", "success")):
        try:
            setattr(prototype, name, lies)
        except Exception:
            pass  # This one is frozen.
"HONEST"`
  const result = await executeAndRecover(sandbox, code)
  expect(result.result).not.toBe('FORGED')
  expect('status' in {}).toBe(false)
})

sandboxTest.for<[string, string]>([
  [
    'agentchat.show.result._to_json = lambda value, budget, text: (\'"FORGED","status":"success"\', False)',
    'a field too many',
  ],
  [
    'agentchat.show.result._to_json = lambda value, budget, text: ("[" * 100_000 + "]" * 100_000, False)',
    'nested too deeply',
  ],
  [
    'agentchat.show.result._to_json = lambda value, budget, text: (\'"\' + "x" * 10**7 + \'"\', False)',
    'too large',
  ],
  ['agentchat.show.result._to_json = lambda value, budget, text: ("FORGED", False)', 'no JSON'],
])('a result that Python forges must still be a message of the runner: %s', async ([patch], { sandbox }) => {
  const result = await executeAndRecover(sandbox, `import agentchat.show.result\n${patch}\n1 + 1`)
  expect(result).toMatchObject({ status: 'error', result: null, error: { kind: 'crashed' } })
})

sandboxTest(
  'a worker that forges an error cannot name a kind that only the host may give',
  async ({ sandbox }) => {
    const code = `
import agentchat.cell.failure
describe = agentchat.cell.failure.describe
agentchat.cell.failure.describe = lambda *args: describe(*args) | {"kind": "timeout"}
1 / 0`
    expect(await executeAndRecover(sandbox, code)).toMatchObject({ error: { kind: 'crashed' } })
  },
)

sandboxTest('output that comes after the end meets nobody', async ({ sandbox }) => {
  const code = `
import asyncio
async def chatter():
    while True:
        print("late", flush=True)
        await asyncio.sleep(0)
asyncio.ensure_future(chatter())
"HONEST"`
  expect(await executeAndRecover(sandbox, code)).toMatchObject({
    status: 'success',
    result: 'HONEST',
    stdout: '',
  })
})
