import { expect, test } from 'vitest'
import type { PermissionUse } from '../result/result.ts'
import { type CoveredAccess, usedAndDenied } from './receipt.ts'

const nothing: CoveredAccess = { files: { read: [], write: [] }, libraries: { load: [] } }
const some: CoveredAccess = {
  files: { read: ['/data'], write: ['/out/file'] },
  libraries: { load: ['/lib/x.so'] },
}
const all: CoveredAccess = { files: { read: true, write: true }, libraries: { load: true } }

test.each<[PermissionUse['kind'], string, CoveredAccess, 'used' | 'denied']>([
  ['read', '/data/in', some, 'used'],
  ['read', '/data2', some, 'denied'],
  ['read', '', some, 'denied'],
  ['read', '', all, 'used'],
  ['write', '/out/file', some, 'used'],
  ['write', '/data/in', some, 'denied'],
  ['ffi', '/lib/x.so', some, 'used'],
  ['ffi', '/lib/../lib/x.so', some, 'used'],
  ['ffi', '/lib/x.so.1', some, 'denied'],
  ['ffi', '/data/in', some, 'denied'],
  ['ffi', 'x.so', some, 'denied'],
  // For functions of Deno that need the permission for every library.
  ['ffi', '', some, 'denied'],
  ['ffi', '', all, 'used'],
  ['ffi', '/lib/x.so', nothing, 'denied'],
  ['net', 'example.com', all, 'denied'],
])('usedAndDenied() puts %s of %j where it belongs (%#)', (kind, value, access, where) => {
  const use = { kind, value, count: 2 }
  expect(usedAndDenied([use], access)).toEqual({ used: [], denied: [], [where]: [use] })
})
