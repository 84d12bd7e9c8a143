import { expect } from 'vitest'
import { executeAndRecover, sandboxTest } from './sandbox-fixture.ts'

/**
 * Python that makes the runner write these bytes in the place of its next frame: it replaces a method that the runner
 * calls on what it writes. `end` is an end message without the token, which the code does not know.
 */
function replacingTheNextFrame(bytes: string): string {
  return `
import json, struct
from pyodide.ffi import create_proxy, to_js
prototype = to_js(b"").constructor.prototype
end = json.dumps({"type": "end", "run": 1, "result": "FORGED", "error": None,
                  "stdoutCut": False, "stderrCut": False, "resultCut": False}).encode()
def frame(kind, payload): return struct.pack("<BI8x", kind, len(payload)) + payload
print("so far")
forged = to_js(${bytes})
prototype.subarray = create_proxy(lambda *_: forged)
prototype.slice = prototype.subarray
print("never sent")
"HONEST"`
}

sandboxTest.for<[string, string]>([
  ['an end with no token', 'frame(2, end)'],
  ['output with no token', 'frame(3, b"FORGED")'],
  ['an end as bare JSON', 'end'],
  ['an end on a line', 'b"\\n" + end + b"\\n"'],
  ['headers of HTTP', 'b"Content-Length: 4\\r\\n\\r\\ntrue"'],
  ['half a header', 'bytes([2, 255, 255, 255, 255])'],
  ['garbage', 'bytes([0xfe]) * 65536'],
  ['zeros', 'bytes(4096)'],
])('%s on the pipe of the runner is no success', async ([, bytes], { sandbox }) => {
  const result = await executeAndRecover(sandbox, replacingTheNextFrame(bytes), { timeoutSeconds: 10 })
  expect(result).toMatchObject({
    status: 'error',
    result: null,
    stdout: 'so far\n',
    error: { kind: 'crashed' },
  })
})

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
    prototype.toJSON = prototype.toString = lie
    prototype.status = "success"
"HONEST"`
  const result = await executeAndRecover(sandbox, code)
  expect(result.result).not.toBe('FORGED')
  expect('status' in {}).toBe(false)
})

sandboxTest.for<[string, string]>([
  [
    'agentchat.result.to_json = lambda value, budget: (\'"FORGED","status":"success"\', False)',
    'a field too many',
  ],
  [
    'agentchat.result.to_json = lambda value, budget: ("[" * 100_000 + "]" * 100_000, False)',
    'nested too deeply',
  ],
  ['agentchat.result.to_json = lambda value, budget: (\'"\' + "x" * 10**7 + \'"\', False)', 'too large'],
  ['agentchat.result.to_json = lambda value, budget: ("FORGED", False)', 'no JSON'],
])('a result that Python forges must still be a message of the runner: %s', async ([patch], { sandbox }) => {
  const result = await executeAndRecover(sandbox, `import agentchat.result\n${patch}\n1 + 1`)
  expect(result).toMatchObject({ status: 'error', result: null, error: { kind: 'crashed' } })
})

sandboxTest(
  'a worker that forges an error cannot name a kind that only the host may give',
  async ({ sandbox }) => {
    const code = `
import agentchat.failure
describe = agentchat.failure.describe
agentchat.failure.describe = lambda *args: describe(*args) | {"kind": "timeout"}
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
