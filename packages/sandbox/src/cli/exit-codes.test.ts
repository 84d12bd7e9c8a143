import { expect, test } from 'vitest'
import type { ExecutionError } from '../sandbox/index.ts'
import { chosenExitCode } from './exit-codes.ts'

const exit: ExecutionError = {
  kind: 'exception',
  name: 'SystemExit',
  message: '3',
  traceback: '',
  line: 1,
  hint: null,
}

test.each([
  ['3', 3],
  ['-1', 255],
  ['256', 0],
  ['123456789012345678901234567890', 210],
  ['no luck', null],
  ['2.5', null],
  ['True', null],
  ['', null],
])('chosenExitCode() of sys.exit(%s) is %s, as a shell sees it', (message, code) => {
  expect(chosenExitCode({ ...exit, message })).toBe(code)
})

test('chosenExitCode() of other failures is null, whatever their message', () => {
  expect(chosenExitCode({ ...exit, name: 'ValueError' })).toBeNull()
  expect(chosenExitCode({ ...exit, kind: 'timeout' })).toBeNull()
})
