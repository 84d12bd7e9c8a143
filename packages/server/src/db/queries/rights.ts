import { and, eq, gt, inArray, isNull, or } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { apiKeys, signIns, users } from '../schema.ts'
import type { UserRow } from './users.ts'

/** Those of these users who may do something now, with their roles. */
export async function enabledUsers(
  db: Database,
  ids: readonly string[],
): Promise<Map<string, UserRow['role']>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ id: users.id, role: users.role })
    .from(users)
    .where(and(inArray(users.id, [...ids]), eq(users.disabled, false)))
  return new Map(rows.map(({ id, role }) => [id, role]))
}

/** Those of these keys that hold still. */
export async function validKeys(db: Database, ids: readonly string[], now: Date): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(inArray(apiKeys.id, [...ids]), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now))))
  return new Set(rows.map(({ id }) => id))
}

/** Those of these sign-ins that hold still. */
export async function validSignIns(db: Database, ids: readonly string[], now: Date): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .select({ id: signIns.id })
    .from(signIns)
    .where(and(inArray(signIns.id, [...ids]), gt(signIns.expiresAt, now)))
  return new Set(rows.map(({ id }) => id))
}
