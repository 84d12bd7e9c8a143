import { expect, test } from 'vitest'
import { extractCode } from './extract-code.ts'
import { withoutThoughts } from './thoughts.ts'

test.each([
  ['thoughts before an answer', '<think>\nHm.\n</think>\nIt is 42.', '\nIt is 42.'],
  ['another mark', '\n<thinking>Hm.</thinking>It is 42.', 'It is 42.'],
  ['capital letters', '<THINK>Hm.</THINK>It is 42.', 'It is 42.'],
  ['thoughts without an end', '<think>\nHm, and so on', ''],
  ['an end without a beginning', 'Hm.\n</think>\nIt is 42.', '\nIt is 42.'],
  ['no thoughts', 'It is 42.', 'It is 42.'],
  ['the marks in the middle', 'Write <think> and\n</think>\nfor it.', 'Write <think> and\n</think>\nfor it.'],
  ['the end in a line of text', 'a </think> b', 'a </think> b'],
])('withoutThoughts() of %s', (_name, message, expected) => {
  expect(withoutThoughts(message)).toBe(expected)
})

test('extractCode() runs no draft that the model only thought of', () => {
  const draft = '```python\nlaunch()\n```'
  expect(extractCode(`<think>Perhaps\n${draft}\nno.</think>\nIt is 42.`).code).toBeNull()
  expect(extractCode(`Perhaps\n${draft}\nno.\n</think>\n\`\`\`python\nx = 1\n\`\`\``)).toMatchObject({
    ...{ code: 'x = 1', blocks: 1 },
  })
  expect(extractCode(`<think>Perhaps\n${draft}`).code).toBeNull()
})
