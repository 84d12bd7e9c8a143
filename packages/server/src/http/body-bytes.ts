import { IncomingMessage } from 'node:http'
import { LoopShare } from 'agentchat-sandbox-base/async/loop-share'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Actor } from '../services/actor.ts'
import { maxPieces } from './body-limits.ts'
import type { AppEnv } from './environment.ts'
import { RequestTurns } from './request-turns.ts'

/** Smaller pieces are put together before anybody looks at them. */
const WORTHWHILE_BYTES = 16_384
/** What comes after the end of a body, answer included, at the least. */
const AFTER_END_MS = 1

/** Of the event loop, which all bodies have in common. */
const share = new LoopShare()
const turns = new RequestTurns()

/**
 * Gives the bytes of the body to `take` as they come, in pieces that are worth it, and no more than so many.
 * @throws HTTPException for a body that is too long, or in too many pieces
 */
export async function takeBody(
  c: Context<AppEnv>,
  maxBytes: number,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  const pieces = new Pieces(maxBytes, take)
  try {
    const incoming = incomingOf(c)
    if (incoming !== null) await flow(incoming, { lane: laneOf(c), add: (piece) => pieces.add(piece) })
    else if (c.req.raw.body !== null) for await (const piece of c.req.raw.body) pieces.add(piece)
    pieces.flush()
  } catch (error) {
    // What is left of the body would be read as the next request.
    c.header('Connection', 'close')
    throw error
  }
}

/** Resolves in a turn of the event loop that no other body has. */
export async function bodyTurn(c: Context<AppEnv>): Promise<void> {
  await turns.enter(laneOf(c))
}

/** Refuses a body that says that it is longer than it may be. */
export function demandLength(c: Context<AppEnv>, maxBytes: number): void {
  const length = Number(c.req.header('Content-Length') ?? 0)
  if (!(length <= maxBytes)) throw tooLong(maxBytes)
}

function tooLong(maxBytes: number): HTTPException {
  return new HTTPException(413, { message: `The body of this request may have at most ${maxBytes} bytes` })
}

class Pieces {
  readonly #maxBytes: number
  readonly #take: (piece: Uint8Array) => void
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #bytes = 0
  #count = 0

  constructor(maxBytes: number, take: (piece: Uint8Array) => void) {
    this.#maxBytes = maxBytes
    this.#take = take
  }

  add(piece: Uint8Array): void {
    this.#bytes += piece.length
    this.#count += 1
    if (this.#bytes > this.#maxBytes) throw tooLong(this.#maxBytes)
    const most = maxPieces(this.#bytes)
    if (this.#count > most)
      throw new HTTPException(413, {
        message: `The body of this request may come in at most ${Math.floor(most)} pieces: send larger ones`,
      })
    this.#waiting.push(piece)
    this.#waitingBytes += piece.length
    if (this.#waitingBytes >= WORTHWHILE_BYTES) this.flush()
  }

  flush(): void {
    const [only] = this.#waiting
    if (only === undefined) return
    const whole = this.#waiting.length === 1 ? only : Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#take(whole)
  }
}

/** The request as Node gave it; none in a test without a connection. Its pieces are counted as they came. */
function incomingOf(c: Context<AppEnv>): IncomingMessage | null {
  const env: unknown = c.env
  const incoming = typeof env === 'object' && env !== null ? Reflect.get(env, 'incoming') : null
  return incoming instanceof IncomingMessage ? incoming : null
}

/** Whoever has many bodies on the way waits for those, and nobody else does. */
function laneOf(c: Context<AppEnv>): string {
  const actor: Actor | undefined = c.get('actor')
  return actor?.userId ?? ''
}

/** Gives the pieces as they come, some in each turn of the event loop, and ends in a turn that has room for what follows. */
async function flow(
  incoming: IncomingMessage,
  { lane, add }: { readonly lane: string; readonly add: (piece: Uint8Array) => void },
): Promise<void> {
  try {
    await ended(incoming, (piece) => {
      share.spend(() => add(piece))
      if (!share.isSpent) return
      incoming.pause()
      void turns.enter(lane).then(() => incoming.resume())
    })
  } finally {
    if (share.isSpent) await turns.enter(lane)
    share.charge(AFTER_END_MS)
  }
}

function ended(incoming: IncomingMessage, add: (piece: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void) => {
      incoming.off('data', onData).off('end', onEnd).off('error', onClose).off('close', onClose)
      settled()
    }
    const onData = (piece: Uint8Array) => {
      try {
        add(piece)
      } catch (error) {
        incoming.pause()
        settle(() => reject(error))
      }
    }
    const onEnd = () => settle(resolve)
    const onClose = () =>
      settle(() => reject(new HTTPException(400, { message: 'The body ended before its end' })))
    incoming.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose)
    if (incoming.readableEnded) onEnd()
    else if (incoming.destroyed) onClose()
  })
}
