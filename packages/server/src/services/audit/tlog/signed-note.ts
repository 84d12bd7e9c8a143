import {
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'

/** Signature type of C2SP's signed notes: Ed25519. */
const ED25519 = 1
const KEY_BYTES = 32
const PRIVATE_PREFIX = 'PRIVATE+KEY+'
const MAX_NOTE_CHARS = 65_536
/** What stands before the 32 bytes of a key in DER. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** Who may verify: the name of the key, its short number, and the key. */
export interface NoteVerifier {
  readonly name: string
  readonly id: Buffer
  readonly key: KeyObject
  /** The same as text (C2SP: vkey). */
  readonly text: string
}

/** Who may sign. */
export interface NoteSigner {
  readonly verifier: NoteVerifier
  readonly key: KeyObject
}

/** A new key with this name, as the text that a file holds. */
export function newSignerText(name: string): string {
  const seed = randomBytes(KEY_BYTES)
  const { verifier } = signerOf(name, seed)
  const data = Buffer.concat([Buffer.of(ED25519), seed]).toString('base64')
  return `${PRIVATE_PREFIX}${name}+${verifier.id.toString('hex')}+${data}`
}

/** Reads such a text; null when it is none. */
export function parseSigner(text: string): NoteSigner | null {
  const parts = text.startsWith(PRIVATE_PREFIX) ? partsOf(text.slice(PRIVATE_PREFIX.length)) : null
  if (parts === null) return null
  const signer = signerOf(parts.name, parts.key)
  return signer.verifier.id.equals(parts.id) ? signer : null
}

function signerOf(name: string, seed: Buffer): NoteSigner {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return { verifier: verifierOf(name, spki.subarray(SPKI.length)), key }
}

/** Reads a vkey: `name+id+key`; null when it is none. */
export function parseVerifier(text: string): NoteVerifier | null {
  const parts = partsOf(text)
  if (parts === null) return null
  const verifier = verifierOf(parts.name, parts.key)
  return verifier.id.equals(parts.id) ? verifier : null
}

function verifierOf(name: string, raw: Buffer): NoteVerifier {
  const typed = Buffer.concat([Buffer.of(ED25519), raw])
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'buffer').subarray(0, 4)
  const key = createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' })
  return { name, id, key, text: `${name}+${id.toString('hex')}+${typed.toString('base64')}` }
}

function partsOf(text: string): { name: string; id: Buffer; key: Buffer } | null {
  const [, name = '', id = '', data = ''] =
    /^([^\s+]{1,200})\+([\da-f]{8})\+([A-Za-z\d+/=]{44})$/.exec(text) ?? []
  const key = Buffer.from(data, 'base64')
  if (key.length !== KEY_BYTES + 1 || key[0] !== ED25519) return null
  return { name, id: Buffer.from(id, 'hex'), key: key.subarray(1) }
}

/** Signs a text that ends in a newline; gives the note (C2SP: signed note). */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  const lines = signers.map(({ verifier, key }) => {
    const signature = Buffer.concat([verifier.id, sign(null, Buffer.from(text), key)])
    return `\u2014 ${verifier.name} ${signature.toString('base64')}\n`
  })
  return `${text}\n${lines.join('')}`
}

/** The text of a note that one of these keys has signed; null when none has, or a signature of one is wrong. */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): string | null {
  if (note.length > MAX_NOTE_CHARS) return null
  const split = note.lastIndexOf('\n\n')
  if (split < 0) return null
  const text = note.slice(0, split + 1)
  let known = 0
  for (const line of note
    .slice(split + 2)
    .split('\n')
    .slice(0, -1)) {
    const [, name = '', base64 = ''] = /^\u2014 ([^\s+]+) ([A-Za-z\d+/=]+)$/.exec(line) ?? []
    const signature = Buffer.from(base64, 'base64')
    const signer = verifiers.find((each) => each.name === name && each.id.equals(signature.subarray(0, 4)))
    if (signer === undefined) continue
    if (!verify(null, Buffer.from(text), signer.key, signature.subarray(4))) return null
    known += 1
  }
  return known > 0 ? text : null
}
