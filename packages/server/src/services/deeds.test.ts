import { expect, test } from 'vitest'
import { DEEDS, type DeedAction } from './deeds.ts'

const facts = Object.entries(DEEDS)

test('DEEDS: what deletes, cancels or disables, signing in, and what the service does itself works on a full disk', () => {
  const free = facts.filter(([, { needsRoom }]) => !needsRoom).map(([action]) => action)
  const expected = facts
    .filter(([action]) =>
      /\.(delete|cancel|sign-in|sign-out|throttle|disable)|^user\.update$|^(request|audit|retention|service|secrets|anomaly|quotas)\./.test(
        action,
      ),
    )
    .map(([action]) => action)
  expect(free).toEqual(expected)
})

test('DEEDS: every change of users, keys and tools is known to what is read from memory', () => {
  const changed = (topic: string) =>
    facts.filter(([, { writes }]) => writes === topic).map(([action]) => action as DeedAction)
  expect(changed('identity')).toEqual([
    'user.create',
    'user.update',
    'user.delete',
    'api-key.create',
    'api-key.delete',
    'api-key.throttle',
  ])
  expect(changed('tools')).toEqual([
    'tool.create',
    'tool.update',
    'tool.roll-back',
    'tool.delete',
    'tool.disable',
  ])
})
