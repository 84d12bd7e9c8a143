import { z } from 'zod'

// What machines ask about the sessions that they were given. Which machine asks is in the subject.

/** One machine writes a session in pieces of so many bytes, and reads it so: one fits into a message. */
export { HELD_PIECE_BYTES } from '../db/queries/session-states.ts'

/** Executions, and what is recorded as none: other uses of sessions, programs of batches. */
export const useId = z.string().regex(/^(?:exe|use)_[a-z0-9]{1,40}$/)

const use = {
  id: z.string().regex(/^ses_[a-z0-9]{1,40}$/),
  holder: useId,
  epoch: z.int().min(1),
}
const piece = z.int().min(0).max(100_000)
const draft = z.string().regex(/^[0-9a-f]{32}$/)

export const sessionAskSchema = z.discriminatedUnion('op', [
  /** Answered with the bytes themselves; none where it is not the turn of who asks. */
  z.strictObject({ op: z.literal('load'), ...use, piece }),
  z.strictObject({ op: z.literal('begin'), ...use, bytes: z.int().min(1) }),
  /** After the line with this come the bytes. */
  z.strictObject({ op: z.literal('put'), ...use, draft, piece }),
  z.strictObject({ op: z.literal('keep'), ...use, draft, metadata: z.unknown() }),
  /** All three at once, of what is one piece: after the line with this come the bytes. The name is the machine's. */
  z.strictObject({ op: z.literal('save'), ...use, draft, metadata: z.unknown() }),
])

/** What a machine asks about a session. */
export type SessionAsk = z.infer<typeof sessionAskSchema>

export const sessionAnswerSchema = z.strictObject({
  done: z.boolean(),
  /** Where to write. */
  draft: draft.optional(),
  /** Why not, for users to read. */
  refused: z.string().max(500).optional(),
})

/** The answer to it. */
export type SessionAnswer = z.infer<typeof sessionAnswerSchema>

const count = z.int().min(0)
const text = z.string().max(400)
const named = z.strictObject({ name: text, version: text })

/** What a machine says is in the bytes of a session: it is shown, and given to the next machine, which checks it. */
export const metadataSchema = z.strictObject({
  formatVersion: z.literal(1),
  imageId: text,
  pythonVersion: text,
  created: z.iso.datetime(),
  lastModified: z.iso.datetime(),
  owner: text.nullable(),
  sequence: count,
  packages: z.array(named).max(500),
  sizes: z.strictObject({ sessionBytes: count, heapBytes: count, fileBytes: count, files: count }),
  names: z.array(z.strictObject({ name: text, type: text, size: count })).max(200),
  moreNames: count,
})

/** What is to be done with the files of a session. */
export const fileUseSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('list'), path: z.string() }),
  z.strictObject({ do: z.literal('read'), path: z.string() }),
  z.strictObject({ do: z.literal('write'), path: z.string(), bytes: z.string() }),
  z.strictObject({ do: z.literal('remove'), path: z.string() }),
])

/** What is to be done with the files of a session; contents are in base64. */
export type FileUse = z.infer<typeof fileUseSchema>

/** Which state of a session is meant: the name under which it is kept, which no other one has. */
export const copySchema = { session: use.id, object: draft }

/** A session as a machine is given it for one use. */
export const givenSessionSchema = z.strictObject({
  id: use.id,
  /** What seals its bytes, in base64. */
  key: z.string().max(64),
  owner: text,
  sequence: count,
  /** What is kept of it; null for nothing. */
  kept: z.strictObject({ object: draft, bytes: z.int().min(1), metadata: z.unknown() }).nullable(),
  /** For whom it counts on a machine that has it still afterwards, and how many of those that may be there. */
  live: z.strictObject({ user: text, most: count }),
})

/** A session as a machine is given it for one use. */
export type GivenSession = z.infer<typeof givenSessionSchema>

const sessionFile = z.strictObject({
  name: z.string(),
  type: z.enum(['file', 'folder', 'link', 'other']),
  size: count,
  modified: z.number(),
})

/** What came of a use of files. */
export const fileAnswerSchema = z.strictObject({
  type: z.literal('done'),
  /** What lies in a folder. */
  files: z.array(sessionFile).max(100_000),
  /** How much there is of the contents, which are fetched in pieces. */
  bytes: count,
})

/** Puts a line with JSON before bytes. */
export function withBytes(ask: SessionAsk, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify(ask)}\n`), bytes])
}

/** Takes them apart: the line, and what stands after it; all of it is the line where there is no end of one. */
export function lineAndBytes(data: Uint8Array): { readonly line: Uint8Array; readonly bytes: Buffer } {
  const all = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const end = all.indexOf(0x0a)
  if (end < 0) return { line: all, bytes: Buffer.alloc(0) }
  return { line: all.subarray(0, end), bytes: all.subarray(end + 1) }
}
