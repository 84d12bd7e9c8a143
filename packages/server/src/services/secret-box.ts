import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/** Length of the key. */
export const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const FORMAT = 'v1'

/** The key, or what was sealed with it, cannot be used. */
export class SecretBoxError extends Error {
  override readonly name = 'SecretBoxError'
  readonly code = 'secret-unusable'
}

/** Seals secrets for storage (AES-256-GCM). What was sealed for one place does not open in another. */
export interface SecretBox {
  /** `place` is where it will be stored, such as the identifier of a tool. */
  seal(plain: string, place: string): string
  /** @throws SecretBoxError when it was changed, moved, or sealed with another key */
  open(sealed: string, place: string): string
  /** Was it sealed with this key? */
  sealed(text: string): boolean
  /** Another key for another purpose, from the same one. */
  derive(purpose: string): string
}

/** Makes a box with a key of 32 bytes. */
export function createSecretBox(key: Uint8Array): SecretBox {
  if (key.length !== KEY_BYTES)
    throw new SecretBoxError(`Cannot use the key: it has ${key.length} bytes, not 32`)
  const own = Buffer.from(hkdfSync('sha256', key, '', 'agentchat secrets', KEY_BYTES))
  const name = createHash('sha256').update(own).digest('hex').slice(0, 8)
  return {
    seal(plain, place) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', own, nonce).setAAD(Buffer.from(place))
      const bytes = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${FORMAT}.${name}.${bytes.toString('base64url')}`
    },
    open(sealed, place) {
      const [format, by, text = ''] = sealed.split('.')
      if (format !== FORMAT || by !== name)
        throw new SecretBoxError(
          'Cannot open the secret: it was sealed with another key (AGENTCHAT_SECRET_KEY)',
        )
      const bytes = Buffer.from(text, 'base64url')
      const nonce = bytes.subarray(0, NONCE_BYTES)
      try {
        const decipher = createDecipheriv('aes-256-gcm', own, nonce, { authTagLength: TAG_BYTES })
        decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-TAG_BYTES))
        const plain = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
        return Buffer.concat([plain, decipher.final()]).toString('utf8')
      } catch (error) {
        throw new SecretBoxError('Cannot open the secret: it was changed or belongs elsewhere', {
          cause: error,
        })
      }
    },
    sealed: (text) => text.startsWith(`${FORMAT}.${name}.`),
    derive: (purpose) =>
      Buffer.from(hkdfSync('sha256', key, '', `agentchat ${purpose}`, KEY_BYTES)).toString('base64'),
  }
}
