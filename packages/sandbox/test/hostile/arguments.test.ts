import { expect } from 'vitest'
import { MAX_HELD_MS, watched } from '../../../../test/fixtures/event-loop.ts'
import { sandboxTestWith } from '../fixtures/sandbox.ts'

const parameters = {
  type: 'object',
  properties: { list: { uniqueItems: true }, text: { pattern: '^(a+)+$' } },
}
const sandboxTest = sandboxTestWith({
  tools: [{ name: 'take', parameters, execute: () => 'taken' }],
  pool: { min: 0, max: 2 },
})

sandboxTest('arguments that take ages to check hold nobody up', async ({ sandbox }) => {
  const code = `
from agentchat import host
import json
def ask(**args):
    try:
        return json.loads(host.call("tool.call", json.dumps(args).encode(), tool="take")[1])
    except Exception as error:
        return str(error)
[ask(list=[[n] for n in range(25_000)]), ask(text="a" * 40 + "!"), ask(text="aa")]`
  const { value, heldMs } = await watched(() => sandbox.execute(code))
  expect(value.result).toEqual([
    'taken',
    '"take" cannot take these arguments: cannot be checked against the schema: it takes more than 1 s',
    'taken',
  ])
  expect(heldMs).toBeLessThan(MAX_HELD_MS)
})
