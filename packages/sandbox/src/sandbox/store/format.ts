import { createHash } from 'node:crypto'
import { SessionRefusedError } from '../errors/errors.ts'
import type { SessionMetadata } from '../result/session-metadata.ts'
import { refuseTooBig } from '../seal/header.ts'
import { type OpenFile, openFile } from '../seal/open-file.ts'
import { parseMetadata } from '../seal/parse-metadata.ts'
import type { SealedSession } from '../seal/seal.ts'

const MAGIC = Buffer.from('\x89AGSTORE1\n', 'latin1')
const LENGTH_AT = MAGIC.length
const DIGEST_AT = LENGTH_AT + 4
const HEADER_BYTES = DIGEST_AT + 32
/** The longest metadata that its schema allows stays below half of this. */
const MAX_METADATA_BYTES = 2 ** 20

/** The pieces of the one file that holds a session's bytes and metadata, so that the two can never disagree. */
export function encodeSessionFile({ sessionBytes, sessionMetadata }: SealedSession): readonly Uint8Array[] {
  const metadata = Buffer.from(JSON.stringify(sessionMetadata))
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeUInt32BE(metadata.length, LENGTH_AT)
  header.set(digest(metadata), DIGEST_AT)
  return [header, metadata, sessionBytes]
}

/**
 * Reads a session. `maxSessionBytes` bounds what is taken into memory.
 * @throws SessionRefusedError: damaged, cut, too-big, bad-metadata
 */
export async function readSessionFile(path: string, maxSessionBytes: number): Promise<SealedSession> {
  await using file = (await openFile(path)) ?? refuseOther()
  const { metadata, end } = await readMetadata(file)
  const { sessionBytes } = metadata.sizes
  refuseTooBig(sessionBytes, maxSessionBytes)
  const excess = file.size - end - sessionBytes
  if (excess > 0) throw damaged(`its file has ${excess} bytes too many`)
  return { sessionBytes: await readExactly(file, end, sessionBytes), sessionMetadata: metadata }
}

/**
 * Reads only the metadata.
 * @throws SessionRefusedError: damaged, cut, bad-metadata
 */
export async function readSessionMetadata(path: string): Promise<SessionMetadata> {
  await using file = (await openFile(path)) ?? refuseOther()
  return (await readMetadata(file)).metadata
}

/** `end`: where the metadata ends and the session bytes begin. */
async function readMetadata(file: OpenFile): Promise<{ metadata: SessionMetadata; end: number }> {
  const header = Buffer.from((await readExactly(file, 0, HEADER_BYTES)).buffer)
  if (!MAGIC.equals(header.subarray(0, MAGIC.length))) throw damaged('its file is none of a session')
  const length = header.readUInt32BE(LENGTH_AT)
  if (length > MAX_METADATA_BYTES)
    throw damaged(`its metadata has ${length} bytes, and at most ${MAX_METADATA_BYTES} are allowed`)
  const text = await readExactly(file, HEADER_BYTES, length)
  if (!digest(text).equals(header.subarray(DIGEST_AT)))
    throw damaged('its metadata changed since it was saved')
  return { metadata: parseMetadata(parseJson(text)), end: HEADER_BYTES + length }
}

async function readExactly(
  { handle, size }: OpenFile,
  position: number,
  length: number,
): Promise<Uint8Array> {
  if (position + length > size)
    throw new SessionRefusedError('cut', `its file ends after ${size} bytes of at least ${position + length}`)
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, length - at, position + at)
    if (bytesRead === 0) throw new SessionRefusedError('cut', 'its file was cut while it was read')
    at += bytesRead
  }
  return bytes
}

function parseJson(text: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(text).toString())
  } catch (cause) {
    throw new SessionRefusedError('bad-metadata', 'its metadata is no JSON', { cause })
  }
}

function refuseOther(): never {
  throw damaged('there is a link or a folder in the place of its file')
}

function digest(metadata: Uint8Array): Buffer {
  return createHash('sha256').update(metadata).digest()
}

function damaged(how: string): SessionRefusedError {
  return new SessionRefusedError('damaged', how)
}
