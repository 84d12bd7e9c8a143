import { and, eq, like, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { blobs } from '../schema.ts'

/** All pieces but the last one are of so many bytes. */
export const PIECE_BYTES = 2 ** 20

type Piece = typeof blobs.$inferSelect
type Blob = Pick<Piece, 'owner' | 'name'>

/** Writes a piece; one that is there stays as it is. */
export async function insertBlobPiece(db: Database, piece: Omit<Piece, 'createdAt'>): Promise<void> {
  await db.insert(blobs).values(piece).onConflictDoNothing()
}

/** A piece, or null. */
export async function readBlobPiece(
  db: Database,
  { owner, name, piece }: Omit<Piece, 'bytes' | 'createdAt'>,
): Promise<Buffer | null> {
  const wanted = and(eq(blobs.owner, owner), eq(blobs.name, name), eq(blobs.piece, piece))
  const [row] = await db.select({ bytes: blobs.bytes }).from(blobs).where(wanted)
  return row?.bytes ?? null
}

/** How many bytes are there; null where there is no piece. */
export async function blobSize(db: Database, { owner, name }: Blob): Promise<number | null> {
  const [row] = await db
    .select({ size: sql<string | null>`sum(octet_length(${blobs.bytes}))` })
    .from(blobs)
    .where(and(eq(blobs.owner, owner), eq(blobs.name, name)))
  return row?.size == null ? null : Number(row.size)
}

/** Deletes all that belongs to something. */
export async function deleteBlobs(db: Database, owner: string): Promise<void> {
  await db.delete(blobs).where(eq(blobs.owner, owner))
}

/** The executions that have had something for longer than a day: its writer may have ended before it was noted. */
export async function oldBlobOwners(db: Database): Promise<string[]> {
  const rows = await db
    .selectDistinct({ owner: blobs.owner })
    .from(blobs)
    .where(
      and(eq(blobs.piece, 0), like(blobs.owner, 'exe%'), sql`${blobs.createdAt} < now() - interval '1 day'`),
    )
  return rows.map(({ owner }) => owner)
}
