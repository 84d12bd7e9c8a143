import { z } from 'zod'
import { late } from '../../protocol/late.ts'

/** The form of session bytes and of their metadata that this version writes, and the only one that it reads. */
export const SESSION_FORMAT = 1
/** Names and packages beyond these are counted or left out, never kept. */
export const MAX_NAMES = 200
export const MAX_PACKAGES = 500

const MAX_NAME_CHARS = 100
const MAX_VERSION_CHARS = 60
const MAX_OWNER_CHARS = 200

/** Never in text that we keep: it moves a terminal's cursor, ends a line, or is half a character. */
const UNREADABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

const count = late(() => z.int().min(0))
const instant = late(() => z.iso.datetime({ precision: 3 }))

function keptText(maxChars: number) {
  return z
    .string()
    .min(1)
    .max(maxChars)
    .refine((text) => !UNREADABLE.test(text), 'must hold no control character')
}

/** Text of the worker, which can be anything: what hides in it is written out, and it is cut. */
function reportedText(maxChars: number) {
  return z
    .string()
    .min(1)
    .transform((text) => readable(text, maxChars))
}

/** A label that says whose a session is: 1 to 200 characters, none of them a control character. */
export const ownerSchema = late(() => keptText(MAX_OWNER_CHARS))
/** The name of the exact image that a session grew from. */
export const imageIdSchema = late(() => z.string().regex(/^[\w.-]{1,128}$/))
const pythonVersionSchema = late(() => z.string().regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}[\w.+]{0,30}$/))

/** What the worker says of a session: it can forge all of it, so it is for people to read and decides nothing. */
export const sessionReportSchema = late(() =>
  z.strictObject({
    pythonVersion: pythonVersionSchema(),
    packages: z
      .array(z.strictObject({ name: reportedText(MAX_NAME_CHARS), version: reportedText(MAX_VERSION_CHARS) }))
      .max(MAX_PACKAGES),
    /** Bytes of the heap that differ from the image, not compressed. */
    heapBytes: count(),
    /** Bytes of the files that differ from the image, not compressed. */
    fileBytes: count(),
    files: count(),
    /** The first top-level names of the session, in the order that is to be shown. */
    names: z
      .array(
        z.strictObject({
          name: reportedText(MAX_NAME_CHARS),
          type: reportedText(MAX_NAME_CHARS),
          size: count(),
        }),
      )
      .max(MAX_NAMES),
    /** How many names there are beyond these. */
    moreNames: count(),
  }),
)

/** The metadata of a session as a caller gives it back: it is refused unless it is exactly what was sealed. */
export const sessionMetadataSchema = late(() =>
  z.strictObject({
    formatVersion: z.literal(SESSION_FORMAT),
    imageId: imageIdSchema(),
    pythonVersion: pythonVersionSchema(),
    /** ISO 8601 in UTC with milliseconds. */
    created: instant(),
    lastModified: instant(),
    /** Whose the session is; null for nobody's in particular. */
    owner: ownerSchema().nullable(),
    /** Counts the saves of a session and of those it was forked from, from 1 on. */
    sequence: count(),
    packages: z
      .array(z.strictObject({ name: keptText(MAX_NAME_CHARS), version: keptText(MAX_VERSION_CHARS) }))
      .max(MAX_PACKAGES),
    sizes: z.strictObject({
      /** Length of `sessionBytes`. */
      sessionBytes: count(),
      /** Of the heap and of the files, what differs from the image, before compression. */
      heapBytes: count(),
      fileBytes: count(),
      files: count(),
    }),
    names: z
      .array(
        z.strictObject({ name: keptText(MAX_NAME_CHARS), type: keptText(MAX_NAME_CHARS), size: count() }),
      )
      .max(MAX_NAMES),
    moreNames: count(),
  }),
)

/** What a worker says of its session, as it says it and as the schema leaves it. */
export type StateReport = z.output<ReturnType<typeof sessionReportSchema>>

/** What is in session bytes, as JSON for people and for lists. Sealed with the bytes: a change to it is found. */
export type SessionMetadata = z.output<ReturnType<typeof sessionMetadataSchema>>

/** The metadata before sealing, which adds the format and the length of the bytes. */
export type MetadataDraft = Omit<SessionMetadata, 'formatVersion' | 'sizes'> & {
  readonly sizes: Omit<SessionMetadata['sizes'], 'sessionBytes'>
}

/** What the host knows of a session. */
type SessionFacts = Pick<SessionMetadata, 'imageId' | 'owner' | 'sequence' | 'created' | 'lastModified'>

/** Puts together what the host knows and what the worker says. */
export function draftMetadata(facts: SessionFacts, report: StateReport): MetadataDraft {
  const { heapBytes, fileBytes, files, ...rest } = report
  return { ...facts, ...rest, sizes: { heapBytes, fileBytes, files } }
}

function readable(text: string, maxChars: number): string {
  // Cut first: writing out makes a character up to ten times as long.
  const shown = text
    .slice(0, maxChars + 1)
    .replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
  if (shown.length <= maxChars && text.length <= maxChars) return shown
  return `${shown.slice(0, maxChars - 3).replace(/[\ud800-\udbff]$/, '')}...`
}
