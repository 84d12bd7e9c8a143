import { SessionRefusedError } from '../errors/errors.ts'
import { SESSION_FORMAT } from '../result/session-metadata.ts'

export const KEY_ID_BYTES = 8
export const NONCE_BYTES = 12
export const BINDING_BYTES = 32
export const TAG_BYTES = 16

const MAGIC = Buffer.from('\x89AGSESS\n', 'latin1')
const FORMAT_AT = MAGIC.length
const KEY_ID_AT = FORMAT_AT + 4
const NONCE_AT = KEY_ID_AT + KEY_ID_BYTES
const LENGTH_AT = NONCE_AT + NONCE_BYTES
const BINDING_AT = LENGTH_AT + 8
export const HEADER_BYTES = BINDING_AT + BINDING_BYTES
/** By how much session bytes are longer than what is sealed in them. */
export const SEAL_BYTES = HEADER_BYTES + TAG_BYTES

/** What stands in the clear before the sealed content; all of it is authenticated with the content. */
export interface SealHeader {
  /** Names the key and tells nothing of it. */
  readonly keyId: Uint8Array
  readonly nonce: Uint8Array
  readonly contentBytes: number
  /** A code of the metadata under the key. */
  readonly binding: Uint8Array
}

/** Writes the header in the form of `SESSION_FORMAT`: numbers are big-endian, nothing is of varying length. */
export function encodeHeader({ keyId, nonce, contentBytes, binding }: SealHeader): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeUInt32BE(SESSION_FORMAT, FORMAT_AT)
  header.set(keyId, KEY_ID_AT)
  header.set(nonce, NONCE_AT)
  header.writeBigUInt64BE(BigInt(contentBytes), LENGTH_AT)
  header.set(binding, BINDING_AT)
  return header
}

/**
 * Reads the header and holds the length of the whole against it. Nothing is authentic yet.
 * @throws SessionRefusedError: too-big, damaged, cut, other-format
 */
export function decodeHeader(sealed: Uint8Array, maxSessionBytes: number): SealHeader {
  refuseTooBig(sealed.length, maxSessionBytes)
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  const start = bytes.subarray(0, MAGIC.length)
  if (!start.equals(MAGIC.subarray(0, start.length)))
    throw new SessionRefusedError('damaged', 'these are no session bytes')
  if (bytes.length < SEAL_BYTES) throw cut(bytes.length, `at least ${SEAL_BYTES}`)
  const format = bytes.readUInt32BE(FORMAT_AT)
  if (format !== SESSION_FORMAT) {
    throw new SessionRefusedError(
      'other-format',
      `its format is ${format}, and this version reads only ${SESSION_FORMAT}`,
    )
  }
  const contentBytes = bytes.readBigUInt64BE(LENGTH_AT)
  const length = contentBytes + BigInt(SEAL_BYTES)
  if (bytes.length < length) throw cut(bytes.length, String(length))
  if (bytes.length > length)
    throw new SessionRefusedError('damaged', `it has ${bytes.length} bytes, and ${length} were sealed`)
  return {
    keyId: bytes.subarray(KEY_ID_AT, NONCE_AT),
    nonce: bytes.subarray(NONCE_AT, LENGTH_AT),
    contentBytes: Number(contentBytes),
    binding: bytes.subarray(BINDING_AT, HEADER_BYTES),
  }
}

/**
 * Holds a length of session bytes against the most that are allowed.
 * @throws SessionRefusedError: too-big
 */
export function refuseTooBig(length: number, maxSessionBytes: number): void {
  if (length <= maxSessionBytes) return
  throw new SessionRefusedError(
    'too-big',
    `it has ${length} bytes, and at most ${maxSessionBytes} are allowed`,
  )
}

function cut(length: number, expected: string): SessionRefusedError {
  return new SessionRefusedError('cut', `it ends after ${length} bytes of ${expected}`)
}
