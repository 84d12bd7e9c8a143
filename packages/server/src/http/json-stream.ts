import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Context } from 'hono'
import type { ExecutionRow } from '../services/executions/executions.ts'
import type { RecordedResult } from '../services/executions/recorded-result.ts'
import { piecesOf, textsOf } from '../services/executions/result-texts.ts'
import type { AppEnv } from './environment.ts'
import { presentExecution } from './schemas/executions.ts'

/** Displays from so many characters on are written in pieces, in turns with other requests. */
const LARGE_CHARS = 2 ** 18
/** After so many bytes others have a turn. */
const TURN_BYTES = 2 ** 18

/** Answers with an execution, which may have a large result. */
export function executionAnswer(c: Context<AppEnv>, row: ExecutionRow): Response {
  const told = presentExecution(row)
  // It was written from a result of the library.
  const result = row.result as RecordedResult | null
  if (result === null || !isLarge(result)) return c.json(told, 200)
  return jsonStream(c, executionPieces({ ...told, result: undefined }, result))
}

function isLarge({ displays }: RecordedResult): boolean {
  let chars = 0
  for (const { data } of displays) chars += typeof data === 'string' ? data.length : LARGE_CHARS
  return chars >= LARGE_CHARS
}

async function* executionPieces(told: object, result: RecordedResult): AsyncGenerator<string, void, void> {
  yield `${JSON.stringify(told).slice(0, -1)},"result":`
  yield* piecesOf(await textsOf(result))
  yield '}'
}

/** Answers with JSON that comes in pieces; `close` is called when the answer is over, whole or not. */
export function jsonStream(
  c: Context<AppEnv>,
  pieces: AsyncIterable<string | Uint8Array>,
  close: () => void = () => {},
): Response {
  return streamed(c, pieces, { type: 'application/json', close })
}

/** The same with another type of content. */
export function streamed(
  c: Context<AppEnv>,
  pieces: AsyncIterable<string | Uint8Array>,
  { type, close = () => {} }: { readonly type: string; readonly close?: () => void },
): Response {
  const stream = Readable.from(bytesOf(pieces), { objectMode: false }).once('close', close)
  return c.body(Readable.toWeb(stream) as ReadableStream, 200, { 'Content-Type': type })
}

/** A connection that takes all at once would otherwise hold the event loop until all is written. */
async function* bytesOf(pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let inTurn = 0
  for await (const piece of pieces) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    yield bytes
    inTurn += bytes.length
    if (inTurn < TURN_BYTES) continue
    inTurn = 0
    await setImmediate()
  }
}
