import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { batchOptionsSchema } from '../../packages/sandbox/src/sandbox/execution/batch/batch-options.ts'
import { executionOptionsSchema } from '../../packages/sandbox/src/sandbox/execution/execution-options.ts'
import { optionsSchema } from '../../packages/sandbox/src/sandbox/options.ts'
import { poolSchema } from '../../packages/sandbox/src/sandbox/pool-options.ts'
import { sessionOptionsSchema } from '../../packages/sandbox/src/sandbox/session/session-options.ts'
import { OPTIONS_PAGE, optionsPage } from '../../scripts/options-page.mjs'

const SCHEMAS = {
  sandbox: optionsSchema(),
  pool: poolSchema(),
  execution: executionOptionsSchema(),
  batch: batchOptionsSchema(),
  session: sessionOptionsSchema(),
}

test('docs/options.md says what the schemas say: "npm run docs" writes it', () => {
  const page = readFileSync(OPTIONS_PAGE, 'utf8')
  expect(optionsPage(page, SCHEMAS)).toBe(page)
  for (const name of Object.keys(SCHEMAS)) expect(page).toContain(`<!-- table: ${name} -->`)
})

test('optionsPage() makes a row with default, values and meaning', () => {
  const schema = z.strictObject({
    maxBytes: z
      .int()
      .min(1)
      .max(2 ** 20)
      .default(2048)
      .describe('Bytes of it.'),
    name: z.string().optional().describe('Its name. By default none.'),
    mode: z.enum(['a', 'b']).default('a').describe('How.'),
  })
  expect(
    optionsPage('<!-- table: it -->\nold\n<!-- end -->', { it: schema }).split('\n').slice(3, -1),
  ).toEqual([
    '| `maxBytes` | 2 KiB | 1 to 1 MiB | Bytes of it. |',
    '| `name` | none | a string | Its name. |',
    "| `mode` | `'a'` | `'a'`, `'b'` | How. |",
  ])
})

test.each([
  ['has no description', z.string().default('x')],
  ['what is its default', z.string().optional().describe('Its name.')],
])('optionsPage() refuses an option that %s', (problem, schema) => {
  const page = '<!-- table: it -->\n<!-- end -->'
  expect(() => optionsPage(page, { it: z.strictObject({ name: schema }) })).toThrow(problem)
})
