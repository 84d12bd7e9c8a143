import { expect } from 'vitest'
import type { ExactJsonValue, Tool } from '../../src/sandbox/index.ts'
import { programTestWith } from '../fixtures/program-sandbox.ts'

const ID = 1234567890123456789n
const seen: ExactJsonValue[] = []
const tools: Tool[] = [
  {
    name: 'look',
    parameters: { type: 'object', properties: { value: {} } },
    execute: ({ value = null }) => {
      seen.push(value)
      return { value, id: ID }
    },
  },
  { name: 'rounded', execute: () => ({ list: [{ id: 2 ** 60 }] }) },
]
const programTest = programTestWith({ pool: { min: 1, max: 1 }, tools })

programTest('globals hold whole numbers of any length, and JSON text as it stands', async ({ sandbox }) => {
  const globals = { n: ID, deep: { list: [-(2n ** 70n), 2n, 1e300, -0.5] } }
  expect(await sandbox.execute('[n, deep]', { globals })).toMatchObject({
    resultText: `[${ID}, {'list': [-${2n ** 70n}, 2, 1e+300, -0.5]}]`,
  })
  const text = `{"n": ${ID}, "whole": 85.0, "minus": -0.0, "long": ${'7'.repeat(5000)}}`
  expect(await sandbox.execute('[n, whole, minus, long % 10]', { globals: text })).toMatchObject({
    resultText: `[${ID}, 85.0, -0.0, 7]`,
  })
})

programTest.for([
  [{ n: 2 ** 60 }, '"globals.n": holds 1152921504606847000'],
  [{ n: { id: [-(2 ** 53)] } }, '"globals.n": holds -9007199254740992'],
  ['[1]', '"globals": must be the JSON text of an object'],
  ['{"n": 1', '"globals": must be the JSON text of an object'],
  ['{"1n": 1}', '"globals.1n": the name must be a Python identifier'],
] as const)(
  'globals that would arrive changed are refused by name: %j',
  async ([globals, message], { sandbox }) => {
    await expect(sandbox.execute('n', { globals })).rejects.toThrow(message)
  },
)

programTest('tools are given whole numbers as they are, and give them', async ({ sandbox }) => {
  seen.length = 0
  const events = []
  const code = `
import collections, dataclasses, datetime
@dataclasses.dataclass
class Order: id: int
found = [look(${ID}), look([Order(2**64), {1}, datetime.date(2024, 2, 29), 7])]
try: rounded()
except ToolError as error: print(error)
found`
  let resultText = null
  let stdout = ''
  for await (const event of sandbox.stream(code)) {
    if (event.type === 'tool-call') events.push(event.arguments)
    if (event.type === 'finished') ({ resultText } = event.result)
    if (event.type === 'stdout') stdout += event.text
  }
  expect(stdout).toMatch(/^The result of "rounded" holds 1152921504606847000 at "id"/)
  expect(seen).toEqual([ID, [{ id: 2n ** 64n }, [1], '2024-02-29', 7]])
  expect(resultText).toBe(
    `[{'value': ${ID}, 'id': ${ID}}, {'value': [{'id': ${2n ** 64n}}, [1], '2024-02-29', 7], 'id': ${ID}}]`,
  )
  expect(events[0]).toEqual({ value: { type: 'int', repr: String(ID) } })
})
