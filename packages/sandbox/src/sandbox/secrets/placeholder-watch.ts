import {
  type GrantedSecret,
  PLACEHOLDER_CHARS,
  PLACEHOLDER_START,
  type SecretGrants,
} from './secret-grants.ts'

const START = Buffer.from(PLACEHOLDER_START)

/** Finds placeholders in what goes out as it is, piece by piece. */
export class PlaceholderWatch {
  readonly #secrets: SecretGrants
  readonly #tell: (secret: GrantedSecret) => void
  #rest = Buffer.alloc(0)

  constructor(secrets: SecretGrants, tell: (secret: GrantedSecret) => void) {
    this.#secrets = secrets
    this.#tell = tell
  }

  /** Looks at the next bytes. */
  see(bytes: Uint8Array): void {
    const text = Buffer.concat([this.#rest, bytes])
    let from = 0
    for (let at = text.indexOf(START); at >= 0; at = text.indexOf(START, at + START.length)) {
      const secret = this.#secrets.at(text.toString('latin1', at, at + PLACEHOLDER_CHARS))
      if (secret === undefined) continue
      this.#tell(secret)
      from = at + START.length
    }
    // Copied: the bytes may be a view of what the next frame overwrites.
    this.#rest = Buffer.from(text.subarray(Math.max(from, text.length - PLACEHOLDER_CHARS + 1)))
  }
}
