import { expect } from 'vitest'
import { executeAndRecover, sandboxTest } from '../fixtures/sandbox.ts'

sandboxTest('a function given as stdin is asked for each line while the code runs', async ({ sandbox }) => {
  const prompts: string[] = []
  const answers = ['Ada', 'second\nlost', '']
  const stdin = async (prompt: string) => {
    prompts.push(prompt)
    return answers.shift() ?? null
  }
  const types: string[] = []
  let result: unknown
  const code = `
import sys
name = input('Name? ')
rest = [sys.stdin.readline(), input(), sys.stdin.read()]
try:
    input('more? ')
except EOFError as error:
    rest.append(str(error))
[name, *rest]
`
  for await (const event of sandbox.stream(code, { stdin })) {
    if (event.type === 'input-request') types.push(event.prompt)
    if (event.type === 'finished') result = event.result
  }
  expect(result).toMatchObject({
    error: null,
    result: ['Ada', 'second\n', '', '', 'EOF when reading a line'],
    stdout: 'Name? more? ',
  })
  expect(prompts).toEqual(['Name? ', '', '', '', 'more? '])
  expect(types).toEqual(prompts)
})

sandboxTest('a time limit ends a program that waits for an answer', async ({ sandbox }) => {
  const never = () => new Promise<never>(() => {})
  const code = 'print("asked")\ninput("now? ")'
  const result = await executeAndRecover(sandbox, code, { stdin: never, timeoutSeconds: 0.5 })
  expect(result).toMatchObject({ stdout: 'asked\nnow? ', error: { kind: 'timeout', line: 2 } })
  expect(result.usage.wallMs).toBeLessThan(10_000)
})

sandboxTest(
  'a function that fails is an OSError in Python, and its text stays with the host',
  async ({ sandbox }) => {
    const stdin = () => Promise.reject(new Error('a secret of the host'))
    const result = await executeAndRecover(sandbox, 'input()', { stdin })
    expect(result.error).toMatchObject({ kind: 'exception', name: 'OSError' })
    expect(JSON.stringify(result)).not.toContain('secret')
  },
)

sandboxTest('the next run has no answers left from the one before', async ({ sandbox }) => {
  expect(await sandbox.execute('input()', { stdin: () => 'x' })).toMatchObject({ result: 'x' })
  expect((await sandbox.execute('input()')).error).toMatchObject({ name: 'EOFError' })
})

sandboxTest('stdin of a wrong type is refused', async ({ sandbox }) => {
  await expect(sandbox.execute('1', { stdin: 5 as never })).rejects.toThrow(
    'must be a string or a function, got 5',
  )
})
