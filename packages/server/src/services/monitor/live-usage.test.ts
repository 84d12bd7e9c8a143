import { expect, test } from 'vitest'
import type { Actor } from '../actor.ts'
import { followUsage, LiveUsage } from './live-usage.ts'

const begun = (id: string, userId = 'usr_1') => ({
  ...{ id, userId, toolId: null, sessionId: null, createdAt: new Date(0) },
})
const actor = (role: 'admin' | 'user', scopes: Actor['scopes'] = 'all'): Actor => ({
  ...{ userId: 'usr_1', role, scopes, apiKeyId: null, requestId: 'r', source: null },
  quotas: { user: null, key: null },
})

test('LiveUsage tells the latest 200, newest first, and how many more there are', () => {
  const live = new LiveUsage()
  for (let n = 0; n < 1000; n += 1) live.begin(begun(`exe_${n}`, `usr_${n % 2}`))
  const all = live.snapshot(null)
  expect(all.executions.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, n) => `exe_${999 - n}`))
  expect(all.more).toBe(800)
  expect(live.snapshot('usr_1')).toMatchObject({ more: 300 })
  expect(live.snapshot('usr_2')).toMatchObject({ executions: [], more: 0 })
})

test('LiveUsage forgets what is over, also when it is ended twice', () => {
  const live = new LiveUsage()
  const one = live.begin(begun('exe_1'))
  live.begin(begun('exe_2'))
  one[Symbol.dispose]()
  one[Symbol.dispose]()
  expect(live.snapshot(null).executions.map(({ id }) => id)).toEqual(['exe_2'])
})

test.each([
  ['a user, of own ones', actor('user'), false, null],
  ['a user, of all', actor('user'), true, /everybody/],
  ['an administrator, of all', actor('admin'), true, null],
  ['a key of an administrator without the scope, of all', actor('admin', ['execute']), true, /everybody/],
  ['a key that may not execute', actor('user', ['audit:read']), false, /scope/],
] as const)('followUsage() for %s', async (_, who, all, refused) => {
  const live = new LiveUsage()
  live.begin(begun('exe_1', 'usr_2'))
  if (refused !== null) return expect(() => followUsage(live, who, all)).toThrow(refused)
  const { value } = await followUsage(live, who, all).next()
  expect(value?.event.executions.length).toBe(all ? 1 : 0)
})
