import { isUtf8 } from 'node:buffer'
import { BODY_BOUNDS, JsonBoundsError, JsonScan } from 'agentchat-sandbox-base/gate/json-text'
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Actor } from '../services/actor.ts'
import { InvalidRequestError } from '../services/errors.ts'
import { bodyTurn, demandLength, takeBody } from './body-bytes.ts'
import { isToBeJson } from './body-encoding.ts'
import { maxBodyBytes } from './body-limits.ts'
import { BodyPlaces } from './body-places.ts'
import type { AppEnv } from './environment.ts'

/** From so many bytes on, each step of the work on a body has a turn of the event loop of its own. */
const LARGE_BYTES = 65_536

const REQUEST_BOUNDS = { ...BODY_BOUNDS, uniqueNames: true }

/** Refuses a body that says that it is too long, before anything else is asked. */
export const boundedLength: MiddlewareHandler<AppEnv> = async (c, next) => {
  demandLength(c, maxBodyBytes(c.req.path, c.get('deps').maxRequestBytes))
  await next()
}

/** Reads bodies, as bytes or as JSON, and refuses what is too long, too deep or too much while it comes. */
export function readBodies(): MiddlewareHandler<AppEnv> {
  const places = new BodyPlaces()
  return async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') await read(c, places)
    await next()
  }
}

async function read(c: Context<AppEnv>, places: BodyPlaces): Promise<void> {
  const maxBytes = maxBodyBytes(c.req.path, c.get('deps').maxRequestBytes)
  const actor: Actor | undefined = c.get('actor')
  // Who is nobody yet sends little, and must not keep others from becoming somebody.
  using _place = actor === undefined ? null : await places.take(actor.userId)
  if (isToBeJson(c)) {
    const { text, value } = await jsonOf(c, maxBytes)
    // Otherwise Hono parses the text in the same turn in which it is validated.
    Object.assign(c.req, { json: async () => value() })
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
  } else {
    const bytes = await bytesOf(c, maxBytes)
    // Where Hono looks for what was read before.
    Object.assign(c.req.bodyCache, { arrayBuffer: Promise.resolve(bytes.buffer) })
    Object.assign(c.req, { json: async () => parsed('') })
  }
}

async function bytesOf(c: Context<AppEnv>, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = []
  await takeBody(c, maxBytes, (piece) => pieces.push(piece))
  return joined(pieces)
}

/** With a buffer of its own: a small one of Node is part of a larger one. */
function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

async function jsonOf(c: Context<AppEnv>, maxBytes: number): Promise<{ text: string; value: () => unknown }> {
  const scan = new JsonScan(REQUEST_BOUNDS, 'bytes')
  const pieces: Uint8Array[] = []
  try {
    await takeBody(c, maxBytes, (piece) => {
      pieces.push(piece)
      scan.read(Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1'))
    })
  } catch (error) {
    if (!(error instanceof JsonBoundsError)) throw error
    const asText = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8')
    throw new InvalidRequestError([{ path: asText(error.path), problem: asText(error.problem) }])
  }
  const bytes = Buffer.concat(pieces)
  if (!isUtf8(bytes)) throw new HTTPException(400, { message: 'The body is not UTF-8' })
  const isLarge = bytes.length > LARGE_BYTES
  if (isLarge) await bodyTurn(c)
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  // Many a client says that it sends JSON and sends nothing, where nothing is wanted.
  if (text === '') return { text, value: () => parsed('') }
  const value = parsed(text)
  if (isLarge) await bodyTurn(c)
  return { text, value: () => value }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new HTTPException(400, { message: 'Malformed JSON in request body' })
  }
}
