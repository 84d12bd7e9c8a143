import { randomBytes } from 'node:crypto'
import type { NewAuditEvent } from '../../db/queries/audit.ts'
import { canonicalJson } from './canonical-json.ts'
import type { RunFacts } from './run-facts.ts'

/** The longest entry that a bundle of the log can hold (C2SP: tlog-tiles). */
export const MAX_LEAF_BYTES = 65_535
const VERSION = 1
const SALT_BYTES = 16

export type AuditOutcome = 'success' | 'error' | 'refused' | 'interrupted'
export type AuditPhase = 'begin' | 'end' | 'abandoned'

/** What both halves of a deed say of it. */
export interface DeedFacts {
  /** The number that both halves have. */
  readonly deed: string
  /** The service that wrote it. */
  readonly instance: string
  readonly actor: string | null
  readonly apiKey: string | null
  /** The address that the request came from. */
  readonly source: string | null
  readonly request: string | null
  readonly action: string
  readonly resource: string | null
  readonly execution: string | null
  readonly detail: Readonly<Record<string, unknown>>
  /** When it began; ISO 8601 in UTC, to the millisecond. */
  readonly begun: string
}

/** One entry of the log: the beginning of a deed, its end, or that its end is not known. */
export interface AuditEvent extends DeedFacts {
  readonly phase: AuditPhase
  /** When this half happened, as the service's clock said. */
  readonly time: string
  /** Null at the beginning. */
  readonly outcome: AuditOutcome | null
  /** Of an execution: what it was given, and what came of it. */
  readonly run?: RunFacts | undefined
  /** Was it written by a version that had no log? Then it is only as true as its row was. */
  readonly imported?: true | undefined
}

/** The row of an event: the bytes that are hashed, and the columns by which it is found. */
export function rowOf(event: AuditEvent): NewAuditEvent {
  return { ...columnsOf(event), leaf: leafOf(event) }
}

/** The columns of an event; a verification compares them with those that are stored. */
export function columnsOf(event: AuditEvent): Omit<NewAuditEvent, 'leaf'> {
  return {
    ...{ deedId: event.deed, phase: event.phase, time: new Date(event.time) },
    ...{ actorId: event.actor, action: event.action, resourceId: event.resource },
    ...{ outcome: event.outcome, executionId: event.execution },
  }
}

/** The bytes of an event: RFC 8785, with a salt, so that a hash that outlives its entry tells nothing of it. */
export function leafOf(event: AuditEvent): Buffer {
  const salt = randomBytes(SALT_BYTES).toString('base64')
  const leaf = Buffer.from(canonicalJson({ ...event, salt, v: VERSION }))
  if (leaf.length <= MAX_LEAF_BYTES) return leaf
  // What is longer is a detail that a stranger made long: that it was done is recorded all the same.
  const { run, detail, ...rest } = event
  const cut = { cutBytes: leaf.length, ...(run === undefined ? {} : { codeSha256: run.codeSha256 }) }
  return Buffer.from(canonicalJson({ ...rest, detail: cut, salt, v: VERSION }))
}

/** Reads the bytes of an event. @throws SyntaxError or TypeError when they are none */
export function readLeaf(leaf: Uint8Array): AuditEvent {
  const value: unknown = JSON.parse(Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString())
  if (!isEvent(value)) throw new TypeError('Cannot read the entry: it is none of this version')
  return value
}

/** What was written by `leafOf` has the rest too; of anything else nothing is believed but what is compared. */
function isEvent(value: unknown): value is AuditEvent {
  if (typeof value !== 'object' || value === null) return false
  const { v, deed, phase, time, action, detail } = value as Record<string, unknown>
  const texts = [deed, phase, time, action].every((each) => typeof each === 'string')
  return v === VERSION && texts && typeof detail === 'object' && detail !== null
}
