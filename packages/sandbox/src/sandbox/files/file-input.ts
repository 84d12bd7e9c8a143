import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { FileInputError } from '../errors/errors.ts'
import { problemOfFileName } from './workspace-path.ts'

/** Contents of a file that goes in: bytes, text (as UTF-8), a file of the host by its path, or pieces as they come. */
export type FileInput = Uint8Array | string | { readonly path: string } | AsyncIterable<Uint8Array | string>

/** The most that `maxFiles` allows. */
const MAX_FILES = 10_000

const inputSchema = late(() =>
  z.custom<FileInput>(
    (value) =>
      typeof value === 'string' ||
      value instanceof Uint8Array ||
      isHostFile(value) ||
      (typeof value === 'object' && value !== null && Symbol.asyncIterator in value),
    'must be a string, a Uint8Array, { path } or an async iterable',
  ),
)

/** Not a schema of a record: that would drop a name such as `__proto__`. */
export const fileInputsSchema = late(() =>
  z.custom<Readonly<Record<string, FileInput>>>().superRefine((value: unknown, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      context.addIssue({ code: 'custom', message: 'must be an object' })
      return
    }
    const count = Object.keys(value).length
    if (count > MAX_FILES) {
      context.addIssue({ code: 'custom', message: `must have at most ${MAX_FILES} names, not ${count}` })
      return
    }
    for (const [name, input] of Object.entries(value)) {
      const problem = problemOfFileName(name) ?? inputSchema().safeParse(input).error?.issues[0]?.message
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [name], message: problem })
    }
  }),
)

/** Contents as pieces. `size` is in bytes, or null when nobody knows it before the end. */
export interface FileSource {
  readonly size: number | null
  readonly pieces: AsyncIterable<Uint8Array>
}

/**
 * Opens what is to go in. The pieces end with an error when the signal is aborted.
 * @throws FileInputError when the file of the host cannot be read
 */
export async function openFileInput(
  name: string,
  input: FileInput,
  signal?: AbortSignal,
): Promise<FileSource> {
  if (typeof input === 'string') return ofBytes(Buffer.from(input, 'utf8'))
  if (input instanceof Uint8Array) return ofBytes(input)
  if (!isHostFile(input)) return { size: null, pieces: asBytes(name, piecesUntil(input, signal)) }
  const { path } = input
  const facts = await stat(path).catch((error: unknown) => {
    throw new FileInputError(name, `cannot read ${JSON.stringify(path)}`, { cause: error })
  })
  if (!facts.isFile()) throw new FileInputError(name, `${JSON.stringify(path)} is not a file`)
  return { size: facts.size, pieces: reading(name, piecesUntil(createReadStream(path), signal)) }
}

function isHostFile(value: unknown): value is { readonly path: string } {
  if (typeof value !== 'object' || value === null || Symbol.asyncIterator in value) return false
  return 'path' in value && typeof value.path === 'string' && value.path !== '' && !value.path.includes('\0')
}

function ofBytes(bytes: Uint8Array): FileSource {
  return { size: bytes.length, pieces: once(bytes) }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes
}

async function* asBytes(
  name: string,
  input: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const piece of reading(name, input)) {
    if (typeof piece === 'string') yield Buffer.from(piece, 'utf8')
    else if (piece instanceof Uint8Array) yield piece
    else throw new FileInputError(name, 'a piece is neither a string nor a Uint8Array')
  }
}

async function* reading<Piece>(name: string, input: AsyncIterable<Piece>): AsyncGenerator<Piece, void, void> {
  try {
    yield* input
  } catch (error) {
    throw new FileInputError(name, 'its contents ended with an error', { cause: error })
  }
}

/**
 * The pieces of an iterable until a signal is aborted; then rejects with its reason. The source of the pieces may never
 * give another one, and need not heed that nobody wants it: it is told so, and not waited for.
 */
async function* piecesUntil<Piece>(
  pieces: AsyncIterable<Piece>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Piece, void, void> {
  const iterator = pieces[Symbol.asyncIterator]()
  let ended = false
  try {
    for (;;) {
      const next = await untilAborted(iterator.next(), signal)
      ended = next.done === true
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    ended = !signal?.aborted
    throw error
  } finally {
    if (!ended) inBackground(Promise.resolve(iterator.return?.()))
  }
}
