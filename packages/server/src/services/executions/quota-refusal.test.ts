import { expect, test } from 'vitest'
import type { HeldRow } from '../../db/queries/quota-admission.ts'
import { fullQuotaOf } from './quota-refusal.ts'
import type { QuotaHolder, Wanted } from './quota-terms.ts'
import { ReaderPlaces } from './reader-places.ts'
import { RememberedRefusals } from './remembered-refusals.ts'

const LIMITS = {
  ...{ concurrent: 2, perMinute: 3, cpuSecondsPerDay: 10, storageBytes: 100, sessions: 1 },
  ...{ liveSessions: 1, readers: 1, tools: 1, toolVersions: 1, apiKeys: 1, agentRuns: 1 },
  agentTokensPerDay: 1e9,
}
const user = (id: string, limits = LIMITS): QuotaHolder => ({ kind: 'user', id, limits })
const NOON = new Date(Date.UTC(2026, 0, 1, 12))
const RUN: Wanted = { place: 'concurrent', begins: true, bytes: 10 }
const FREE: HeldRow = {
  ...{ holder: 'user ada', running: 1, agentRuns: 0, paidMs: 40_000, cpuMs: 9999, storedBytes: 90 },
  admitted: false,
}

test.each([
  ['room in all', FREE, RUN, null],
  ['no byte left', { ...FREE, storedBytes: 91 }, RUN, { name: 'storageBytes', waitMs: null }],
  ['no place left', { ...FREE, running: 2 }, RUN, { name: 'concurrent', waitMs: 1000 }],
  ['no place is needed', { ...FREE, running: 2 }, { begins: true }, null],
  ['a place is needed and not taken', { ...FREE, running: 2 }, { needsPlace: true }, { name: 'concurrent' }],
  ['three within a minute', { ...FREE, paidMs: 40_001 }, RUN, { name: 'perMinute', waitMs: 1 }],
  ['nothing begins', { ...FREE, paidMs: 60_000, cpuMs: 10_000 }, { place: 'concurrent' }, null],
  ['CPU time of the day', { ...FREE, cpuMs: 10_000 }, RUN, { name: 'cpuSecondsPerDay', waitMs: 43_200_000 }],
  ['a run of an agent', { ...FREE, agentRuns: 1 }, { place: 'agentRuns' }, { name: 'agentRuns' }],
] as const)('fullQuotaOf() of %s', (_, row, wanted, expected) => {
  const full = fullQuotaOf(user('ada'), row, wanted, NOON)
  if (expected === null) expect(full).toBeNull()
  else expect(full).toMatchObject(expected)
})

test('a refusal is remembered until there may be room, and not when the limit is another one', () => {
  const refusals = new RememberedRefusals()
  refusals.note(user('ada'), 'perMinute', 60_000)
  refusals.note(user('bob'), 'perMinute', -1)
  expect(() => refusals.demandNone([user('ada')])).toThrow(/executions-per-minute.*60 s/)
  for (const holder of [user('bob'), user('eve'), user('ada', { ...LIMITS, perMinute: 4 })])
    refusals.demandNone([holder])
  refusals.demandNone([user('ada')])
})

test('who reads has a place until it is disposed, however often', () => {
  const places = new ReaderPlaces()
  const place = places.take([user('ada')])
  expect(() => places.take([user('ada')])).toThrow(/readers/)
  places.take([user('bob')])
  place[Symbol.dispose]()
  place[Symbol.dispose]()
  places.take([user('ada')])
  expect(() => places.take([user('ada')])).toThrow(/readers/)
})
