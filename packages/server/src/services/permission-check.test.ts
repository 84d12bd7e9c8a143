import { expect, test } from 'vitest'
import { ACTIONS, decide, OWNERSHIPS, RESOURCES, ROLES, SCOPES, type Standing } from './permission-check.ts'

/** What each cell says: `+` allowed, `-` refused, `?` refused without telling that the thing exists. */
function row(standing: Standing, resource: (typeof RESOURCES)[number]): string {
  return OWNERSHIPS.map((ownership) =>
    ACTIONS.map((action) => {
      const decision = decide(standing, action, resource, ownership)
      return decision.allowed ? '+' : decision.hidden ? '?' : '-'
    }).join(''),
  ).join(' ')
}

const table = (standing: Standing) =>
  Object.fromEntries(RESOURCES.map((resource) => [resource, row(standing, resource)]))

// Columns: own, other, system; in each: create, read, update, delete, execute.
const EVERYTHING = {
  tool: '+++++ +++++ +++++',
  execution: '++-+- ++-+- ++-+-',
  session: '+++++ +++++ +++++',
  'agent-run': '++++- ++++- ++++-',
  batch: '++-+- ++-+- ++-+-',
  model: '+++++ +++++ +++++',
  user: '++++- ++++- ++++-',
  'api-key': '++-+- ++-+- ++-+-',
  audit: '-+--- -+--- -+---',
}
const OF_USER = {
  tool: '+++++ -???? -+--+',
  execution: '++-+- -?-?- -----',
  session: '+++++ -???? -----',
  'agent-run': '++++- -???- -----',
  batch: '++-+- -?-?- -----',
  model: '----- -???? -+--+',
  user: '-++-- -???- -----',
  'api-key': '++-+- -?-?- -----',
  audit: '-+--- -?--- -----',
}
const NOTHING = {
  tool: '----- -???? -----',
  execution: '----- -?-?- -----',
  session: '----- -???? -----',
  'agent-run': '----- -???- -----',
  batch: '----- -?-?- -----',
  model: '----- -???? -----',
  user: '----- -???- -----',
  'api-key': '----- -?-?- -----',
  audit: '----- -?--- -----',
}

test.each([
  ['an administrator with a cookie', { role: 'admin', scopes: 'all' }, EVERYTHING],
  ['an administrator with a key for everything', { role: 'admin', scopes: ['admin'] }, EVERYTHING],
  ['a user with a cookie', { role: 'user', scopes: 'all' }, OF_USER],
  ['a user with a key for everything', { role: 'user', scopes: ['admin'] }, OF_USER],
  ['a user with a key for nothing', { role: 'user', scopes: [] }, NOTHING],
  ['an administrator with a key for nothing', { role: 'admin', scopes: [] }, NOTHING],
  [
    'a user with a key that executes',
    { role: 'user', scopes: ['execute'] },
    {
      ...{ ...NOTHING, tool: '----+ -???? ----+', execution: OF_USER.execution, session: OF_USER.session },
      ...{ 'agent-run': OF_USER['agent-run'], batch: OF_USER.batch, model: OF_USER.model },
    },
  ],
  [
    'a key that reads tools',
    { role: 'user', scopes: ['tools:read'] },
    { ...NOTHING, tool: '-+--- -???? -+---' },
  ],
  [
    'a key that writes tools',
    { role: 'user', scopes: ['tools:write'] },
    { ...NOTHING, tool: '+-++- -???? -----' },
  ],
  [
    'a key that reads the audit',
    { role: 'user', scopes: ['audit:read'] },
    { ...NOTHING, audit: OF_USER.audit },
  ],
  [
    'a key of an administrator without the scope "admin", which is one of a user',
    { role: 'admin', scopes: ['execute', 'tools:read', 'tools:write', 'audit:read'] },
    { ...OF_USER, user: NOTHING.user, 'api-key': NOTHING['api-key'] },
  ],
] as [string, Standing, Record<string, string>][])('decide() for %s', (_, standing, expected) => {
  expect(table(standing)).toEqual(expected)
})

test('decide() never gives more with fewer scopes, nor to a user more than to an administrator', () => {
  const sets = Array.from({ length: 2 ** SCOPES.length }, (_, bits) =>
    SCOPES.filter((_, n) => (bits >> n) % 2 === 1),
  )
  for (const action of ACTIONS)
    for (const resource of RESOURCES)
      for (const ownership of OWNERSHIPS)
        for (const scopes of sets) {
          const may = ROLES.map((role) => decide({ role, scopes }, action, resource, ownership).allowed)
          const mayAll = ROLES.map(
            (role) => decide({ role, scopes: 'all' }, action, resource, ownership).allowed,
          )
          expect([!may[0] || mayAll[0], !may[1] || mayAll[1], !may[1] || may[0]]).toEqual([true, true, true])
        }
})
