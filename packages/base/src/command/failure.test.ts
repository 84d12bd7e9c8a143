import { expect, test } from 'vitest'
import { failuresOf } from './failure.ts'
import { EXIT_FAILURE, EXIT_USAGE, UsageError } from './outcome.ts'

const coded = (code: string) => Object.assign(new Error('no such image'), { code })

test.each([
  ['wrong usage', new UsageError('no such file'), EXIT_USAGE, 'no such file'],
  ['problems of flags', coded('invalid-options'), EXIT_USAGE, '--memory: too small'],
  ['an error with an exit code of its own', coded('image-unknown'), 4, 'no such image'],
  ['another error with a code', coded('queue-full'), EXIT_FAILURE, 'no such image'],
  ['what is no error', 'text', EXIT_FAILURE, 'text'],
])('failuresOf() tells %s', (_, error, exitCode, message) => {
  const describe = failuresOf({
    problemsOf: (each) =>
      each instanceof Error && 'code' in each && each.code === 'invalid-options'
        ? '--memory: too small'
        : null,
    exitCodes: { 'image-unknown': 4 },
  })
  expect(describe(error)).toEqual({ exitCode, message })
})

test('failuresOf() shows the stack of a defect', () => {
  expect(failuresOf()(new TypeError('x is not a function')).message).toContain('failure.test.ts')
})
