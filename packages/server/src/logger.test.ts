import { DrizzleQueryError } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { loggable, loggableStack } from './logger.ts'

test('loggable() tells of a failed query what the database said, and none of its values', () => {
  const cause = Object.assign(new Error('could not extend file'), { code: '53100' })
  const error = new DrizzleQueryError('insert into "executions" values ($1)', ['print("geheim")'], cause)
  expect(loggable(error)).toBe('query: Error: could not extend file (53100)')
  expect(loggableStack(error)).toMatch(/^Error: could not extend file\n/)
  expect(loggableStack(error)).not.toContain('geheim')
})

test('loggable() tells the name and the message of any other error', () => {
  expect(loggable(new RangeError('too far'))).toBe('RangeError: too far')
  expect(loggable(null)).toBe('something that is no error was thrown')
})
