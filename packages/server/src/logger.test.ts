import { RedactionCounter } from 'agentchat-sandbox-base/redaction/byte-redactor'
import { KnownSecrets } from 'agentchat-sandbox-base/redaction/known-secrets'
import { TextRedactor } from 'agentchat-sandbox-base/redaction/text-redactor'
import { DrizzleQueryError } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { loggable, loggableStack, loggedLine } from './logger.ts'

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

test('loggedLine() holds no secret in any form, and nothing that is shown in another way', () => {
  const secret = 'postgres-pass"word'
  const texts = new TextRedactor(new KnownSecrets([secret]).redactor(new RedactionCounter()))
  const line = `${JSON.stringify({ error: `cannot use ${secret}`, url: `/?p=${encodeURIComponent(secret)}` })}\n`
  const shown = loggedLine(line, texts)
  expect(shown).not.toContain('word')
  expect(JSON.parse(shown).error).toBe('cannot use [redacted:known-secret]')
  const unseen = { name: 'abc\u202egpj.exe\u2066\u200b' }
  expect(loggedLine(JSON.stringify(unseen), null)).toBe('{"name":"abc\\u202egpj.exe\\u2066\\u200b"}')
  expect(JSON.parse(loggedLine(JSON.stringify(unseen), null))).toEqual(unseen)
})
