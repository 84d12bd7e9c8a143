import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { SessionKeyError, SessionRefusedError } from '../errors/errors.ts'
import { type MetadataDraft, SESSION_FORMAT, type SessionMetadata } from '../result/session-metadata.ts'
import { checkExpectation, type SealExpectation } from './expectation.ts'
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  KEY_ID_BYTES,
  NONCE_BYTES,
  refuseTooBig,
  SEAL_BYTES,
  TAG_BYTES,
} from './header.ts'
import { parseMetadata } from './parse-metadata.ts'

/** Length of the host key. */
export const KEY_BYTES = 32
const CIPHER = 'aes-256-gcm'
/** What is in work beside the input and the output. */
const CHUNK_BYTES = 2 ** 20

/** What a seal is made with. */
export interface SealOptions {
  /** The host key: 32 secret bytes. They are copied. */
  readonly key: Uint8Array
  /** Most session bytes that are made or opened. */
  readonly maxSessionBytes: number
}

/** A session at rest: what `save()` gives to the caller, and what the caller gives back. */
export interface SealedSession {
  readonly sessionBytes: Uint8Array
  readonly sessionMetadata: SessionMetadata
}

/**
 * Seals sessions so that they can be given out of hand: nobody without the key can read them, change them, or put
 * those of one owner, image or sequence in the place of another's. The content is never looked at.
 */
export class Seal {
  readonly #maxSessionBytes: number
  readonly #keyId: Uint8Array
  readonly #contentKey: KeyObject
  readonly #bindingKey: KeyObject

  /** @throws SessionKeyError when the key does not have 32 bytes */
  constructor({ key, maxSessionBytes }: SealOptions) {
    if (!(key instanceof Uint8Array) || key.length !== KEY_BYTES) {
      const got = key instanceof Uint8Array ? `one of ${key.length} bytes` : typeof key
      throw new SessionKeyError(null, `it must be a Uint8Array of ${KEY_BYTES} bytes, got ${got}`)
    }
    this.#maxSessionBytes = maxSessionBytes
    this.#keyId = derive(key, 'key id', KEY_ID_BYTES)
    this.#contentKey = createSecretKey(derive(key, 'content', KEY_BYTES))
    this.#bindingKey = createSecretKey(derive(key, 'metadata', KEY_BYTES))
  }

  /**
   * Seals the content, given in pieces, together with its metadata.
   * @throws SessionRefusedError: too-big, bad-metadata
   */
  seal(content: readonly Uint8Array[], draft: MetadataDraft): SealedSession {
    const contentBytes = content.reduce((sum, piece) => sum + piece.length, 0)
    const sessionSize = contentBytes + SEAL_BYTES
    refuseTooBig(sessionSize, this.#maxSessionBytes)
    const metadata = parseMetadata({
      ...draft,
      formatVersion: SESSION_FORMAT,
      sizes: { ...draft.sizes, sessionBytes: sessionSize },
    })
    // Drawn at random: a counter would have to survive crashes and copies of this machine. After 2^32 sealings under
    // one key, one a second for 136 years, two are alike with a chance of 2^-33.
    const nonce = randomBytes(NONCE_BYTES)
    const binding = this.#bind(metadata)
    const header = encodeHeader({ keyId: this.#keyId, nonce, contentBytes, binding })
    const cipher = createCipheriv(CIPHER, this.#contentKey, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(authenticated(header, metadata))
    const sessionBytes = new Uint8Array(sessionSize)
    sessionBytes.set(header)
    const end = transform(cipher, content, sessionBytes.subarray(HEADER_BYTES))
    cipher.final()
    sessionBytes.set(cipher.getAuthTag(), HEADER_BYTES + end)
    return { sessionBytes, sessionMetadata: metadata }
  }

  /**
   * Gives the content back, when bytes and metadata are exactly what was sealed, for this owner and on this image.
   * @throws SessionRefusedError
   */
  open(sealed: SealedSession, expected: SealExpectation): { content: Uint8Array; metadata: SessionMetadata } {
    const { sessionBytes } = sealed
    if (!(sessionBytes instanceof Uint8Array))
      throw new SessionRefusedError('damaged', `its bytes are no Uint8Array, but ${typeof sessionBytes}`)
    const { keyId, nonce, contentBytes, binding } = decodeHeader(sessionBytes, this.#maxSessionBytes)
    if (!timingSafeEqual(keyId, this.#keyId))
      throw new SessionRefusedError('other-key', 'it was sealed with another key')
    const metadata = parseMetadata(sealed.sessionMetadata)
    if (!timingSafeEqual(binding, this.#bind(metadata)))
      throw new SessionRefusedError('wrong-metadata', 'its metadata is not what was sealed with its bytes')
    checkExpectation(metadata, expected)
    const decipher = createDecipheriv(CIPHER, this.#contentKey, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(authenticated(sessionBytes.subarray(0, HEADER_BYTES), metadata))
    decipher.setAuthTag(sessionBytes.subarray(-TAG_BYTES))
    const content = new Uint8Array(contentBytes)
    transform(decipher, [sessionBytes.subarray(HEADER_BYTES, -TAG_BYTES)], content)
    try {
      decipher.final()
    } catch (cause) {
      content.fill(0)
      throw new SessionRefusedError('damaged', 'its bytes are not what was sealed', { cause })
    }
    return { content, metadata }
  }

  #bind(metadata: SessionMetadata): Uint8Array {
    return createHmac('sha256', this.#bindingKey).update(canonicalJson(metadata)).digest()
  }
}

function derive(key: Uint8Array, purpose: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', `agentchat-sandbox session ${purpose}`, length))
}

/** What is authenticated beside the content: the header has a fixed length, so nothing can be read in two ways. */
function authenticated(header: Uint8Array, metadata: SessionMetadata): Uint8Array {
  return Buffer.concat([header, Buffer.from(canonicalJson(metadata))])
}

/** In pieces, so that there is never a second copy of the whole. Returns how much was written. */
function transform(
  cipher: { update(data: Uint8Array): Uint8Array },
  pieces: readonly Uint8Array[],
  target: Uint8Array,
): number {
  let written = 0
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
      const done = cipher.update(piece.subarray(at, at + CHUNK_BYTES))
      target.set(done, written)
      written += done.length
    }
  }
  return written
}

/**
 * JSON text that is the same for equal values, in whatever order their keys were written: a database may give an
 * object back in an order of its own. For plain data that a schema has checked.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`)
  return `{${fields.join(',')}}`
}
