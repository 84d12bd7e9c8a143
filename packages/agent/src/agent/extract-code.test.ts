import { expect, test } from 'vitest'
import { extractCode } from './extract-code.ts'

const code = (message: string, tags?: string[]) => extractCode(message, tags).code

test.each([
  ['one block', 'So:\n```python\nx = 1\n```\ndone', 'x = 1'],
  ['py', '```py\nx = 1\n```', 'x = 1'],
  ['capital letters and a word after it', '```Python title="a"\nx = 1\n```', 'x = 1'],
  ['none', '```\nx=1\n```', 'x=1'],
  ['tildes', '~~~python\nx = 1\n~~~', 'x = 1'],
  ['a longer fence around shorter ones', '````python\nx = """\n```\n"""\n````', 'x = """\n```\n"""'],
  ['Windows lines', '```python\r\nx = 1\r\ny = 2\r\n```\r\n', 'x = 1\ny = 2'],
  ['several', 'a\n```python\nx = 1\n```\nb\n```python\ny = 2\n```', 'x = 1\n\ny = 2'],
  ['unclosed', 'a\n```python\nx = 1\ny = 2', 'x = 1\ny = 2'],
  ['half an end', 'a\n```python\nx = 1\n``\n', 'x = 1'],
  ['half an end of tildes', '~~~~\nx = 1\n~', 'x = 1'],
  ['in a list', '1. Run\n   ```python\n   if x:\n       y()\n   ```', 'if x:\n    y()'],
  ['other languages are text', '```json\n{"a": 1}\n```\n```bash\nls\n```', null],
  ['its own output is no code', '```python\nprint(1)\n```\n```\n1\n```', 'print(1)'],
  ['an empty block', '```python\n\n```', null],
  ['nothing', 'The answer is 42.', null],
  ['a fence in one line', 'Use ```x = 1``` for it.', null],
  [
    'a fence in a string',
    '```python\ns = """\n```\nmore\n```\n"""\nprint(s)\n```\nafter',
    's = """\n```\nmore\n```\n"""\nprint(s)',
  ],
  ["in a string of '''", "```python\ns = '''\n```\n'''\n```", "s = '''\n```\n'''"],
  [
    'quotes in a comment',
    '```python\nx = 1  # """\n```\ntext\n```python\ny = 2\n```',
    'x = 1  # """\n\ny = 2',
  ],
  ['quotes in a string of one line', '```python\nx = \'"""\'\n```\ntext', 'x = \'"""\''],
  ['a string that never ends', '```python\nx = """\n```\ntext', 'x = """'],
  ['escaped quotes', '```python\nx = """\\"""\n```\n"""\n```', 'x = """\\"""\n```\n"""'],
])('extractCode() of %s', (_name, message, expected) => {
  expect(code(message)).toBe(expected)
})

test.each([
  ['a tag', 'a\n<execute>\nx = 1\n</execute>\nb', 'x = 1'],
  ['in one line', 'a <execute>x = 1</execute>', 'x = 1'],
  ['beside fences, which are text then', '```python\nno\n```\n<execute>\nx = 1\n</execute>', 'x = 1'],
  ['half an end', '<execute>\nx = 1\n</execute', 'x = 1'],
  ['no end', '<execute>\nx = 1', 'x = 1'],
  ['without the tag, fences', '```python\nx = 1\n```', 'x = 1'],
  ['several in one line', 'read <execute>x = 1</execute> and <execute>y = 2</execute>', 'x = 1\n\ny = 2'],
  [
    'a blank behind the tag',
    'a <execute>x = 1</execute>\n<execute> y = 2\nz = 3 </execute>',
    'x = 1\n\ny = 2\nz = 3 ',
  ],
  ['a body behind the tag', '<execute> if x:\n    y()\n</execute>', 'if x:\n   y()'],
  ['another after an end', '<execute>\nx = 1\n</execute> <execute>y = 2</execute>', 'x = 1\n\ny = 2'],
  ['a last one that was cut', '<execute>\nx = 1\n</execute>\n<execute>\ny =', 'x = 1'],
  ['code on the lines of the tags', '<execute>x = 1\ny = 2</execute>', 'x = 1\ny = 2'],
])('extractCode() with a tag: %s', (_name, message, expected) => {
  expect(code(message, ['execute'])).toBe(expected)
})

test('extractCode() says how many blocks there were, and whether the last had an end', () => {
  expect(extractCode('```python\na\n```\n```python\nb')).toEqual({
    code: 'a\n\nb',
    blocks: 2,
    unclosed: true,
  })
})

test('extractCode() takes linear time', () => {
  const hostile = [
    '```python\n',
    '`'.repeat(200_000),
    '<execute>'.repeat(30_000),
    '"""\n```\n'.repeat(20_000),
  ]
  const begun = performance.now()
  for (const each of hostile) extractCode(each.repeat(each.length < 100 ? 20_000 : 1), ['execute'])
  expect(performance.now() - begun).toBeLessThan(5000)
})
