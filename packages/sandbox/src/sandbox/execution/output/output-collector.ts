/** Bytes past the limit that a worker may send by mistake: what lay in the pipe. More is a flood. */
export const SLACK_BYTES = 262_144
const FIRST_CAPACITY = 1024
const NEWLINE = 10

/** How much of an output stream is taken. */
export interface OutputLimits {
  /** Bytes of the text that is kept. */
  readonly maxBytes: number
  /** Bytes that are handed on as they come, at least as many. */
  readonly maxLiveBytes: number
}

/** The end of a stream, and how many bytes are missing before it: null where the rest was lost. */
interface AfterGap {
  readonly tail: Uint8Array
  readonly missing: number | null
}

/**
 * One output stream of a run. What fits the live limit is handed on as it comes. Of what is longer, the runner sends the
 * last bytes at the end of the run, half as many as are kept. The text that is kept is then as much of the beginning, a
 * line that says how much was left out, and the end. No character is cut in two.
 */
export class OutputCollector {
  readonly #decoder = newDecoder()
  readonly #maxBytes: number
  readonly #maxLiveBytes: number
  readonly #tailBytes: number
  /** The first bytes, up to the limit. */
  #head = Buffer.alloc(0)
  #headSize = 0
  /** The last bytes of a stream that is longer. */
  readonly #end: EndOfStream
  #received = 0
  /** Does what was handed on end within a line? */
  #inLine = false
  /** Bytes that the runner says it has left out; null when it was ended before it could send the last ones. */
  #dropped: number | null = 0
  /** What came after a gap that was told of before its time, see `finishAfterGap`. */
  #afterGap: AfterGap | null = null

  constructor({ maxBytes, maxLiveBytes }: OutputLimits) {
    this.#maxBytes = maxBytes
    this.#maxLiveBytes = maxLiveBytes
    this.#tailBytes = Math.floor(maxBytes / 2)
    this.#end = new EndOfStream(this.#tailBytes)
  }

  /** Is less in the text than was written? */
  get truncated(): boolean {
    return this.#received > this.#maxBytes || this.liveTruncated
  }

  /** Was less handed on than was written? Where the runner could not say so, what filled the limit was probably cut. */
  get liveTruncated(): boolean {
    if (this.#afterGap !== null) return true
    if (this.#dropped === null) return this.#received >= this.#maxLiveBytes
    return this.#received > this.#maxLiveBytes || this.#dropped > 0
  }

  /** So much came that it is not our runner that sends it. */
  get flooded(): boolean {
    return this.#received > this.#maxLiveBytes + this.#tailBytes + SLACK_BYTES
  }

  /** Bytes kept. */
  get bytes(): number {
    return Math.min(this.#received, this.#maxBytes)
  }

  /** The first bytes, up to the limit of what is kept. */
  get head(): Buffer {
    return this.#head.subarray(0, this.#headSize)
  }

  /** The text kept. */
  get text(): string {
    const kept = this.head
    if (this.#afterGap !== null) return this.#textWithGap(this.#afterGap)
    if (!this.truncated) return newDecoder().decode(kept)
    const isLost = this.#dropped === null && this.liveTruncated
    if (isLost && this.#maxLiveBytes === this.#maxBytes) {
      const text = withoutRest(kept)
      return `${text}${lostLine(isInLine(text))}`
    }
    const head = withoutRest(kept.subarray(0, this.#maxBytes - this.#tailBytes))
    const tail = fromNextCharacter(this.#end.bytes)
    const missing = this.#received + (this.#dropped ?? 0) - Buffer.byteLength(head) - tail.length
    const end = newDecoder().decode(tail)
    return `${head}${gapLine(isInLine(head), missing)}${end}${isLost ? lostLine(isInLine(end)) : ''}`
  }

  /** Takes the next bytes and gives the text that they complete; a character cut at the end waits for its rest. */
  add(bytes: Uint8Array): string {
    const live = bytes.subarray(0, Math.max(0, this.#maxLiveBytes - this.#received))
    if (live.length > 0) this.#inLine = live.at(-1) !== NEWLINE
    this.#keep(bytes)
    return this.#decoder.decode(live, { stream: true })
  }

  /**
   * The stream has ended: gives the text that has not been handed on. `dropped` is the number of bytes that the runner
   * left out between the limit and what it sent last, or null when it was ended.
   */
  finish(dropped: number | null): string {
    this.#dropped = dropped
    if (!this.liveTruncated) return this.#decoder.decode()
    if (dropped === null) return lostLine(this.#inLine)
    const past = Math.max(0, this.#received - this.#maxLiveBytes)
    const tail = this.#end.bytes
    const sent = tail.subarray(Math.max(0, tail.length - past))
    const missing = dropped + past - sent.length
    if (missing === 0) return this.#decoder.decode(sent)
    return `${gapLine(this.#inLine, missing)}${newDecoder().decode(fromNextCharacter(sent))}`
  }

  /**
   * The stream has ended, and after what was taken so many bytes are missing, then comes `tail`: for a stream that was
   * changed on its way, so that bytes are no longer those that the runner counts. `missing` is null where the rest was lost.
   */
  finishAfterGap(tail: Uint8Array, missing: number | null): string {
    this.#afterGap = { tail, missing }
    if (missing === null) return lostLine(this.#inLine)
    return `${gapLine(this.#inLine, missing)}${newDecoder().decode(fromNextCharacter(tail))}`
  }

  #textWithGap({ tail, missing }: AfterGap): string {
    const head = withoutRest(this.head.subarray(0, this.#maxBytes - this.#tailBytes))
    if (missing === null) return `${head}${lostLine(isInLine(head))}`
    const end = fromNextCharacter(tail.subarray(Math.max(0, tail.length - this.#tailBytes)))
    const more = this.#received - Buffer.byteLength(head) + tail.length - end.length
    return `${head}${gapLine(isInLine(head), missing + more)}${newDecoder().decode(end)}`
  }

  #keep(bytes: Uint8Array): void {
    const before = this.#received
    this.#received += bytes.length
    const kept = bytes.subarray(0, this.#maxBytes - this.#headSize)
    if (this.#headSize + kept.length > this.#head.length) {
      const capacity = Math.max(FIRST_CAPACITY, this.#head.length * 2, this.#headSize + kept.length)
      const larger = Buffer.allocUnsafe(Math.min(capacity, this.#maxBytes))
      this.#head.copy(larger, 0, 0, this.#headSize)
      this.#head = larger
    }
    this.#head.set(kept, this.#headSize)
    this.#headSize += kept.length
    if (this.#received <= this.#maxBytes) return
    // From the first byte past the limit on the end matters, and some of it came before.
    if (before <= this.#maxBytes) this.#end.add(this.head)
    this.#end.add(bytes.subarray(kept.length))
  }
}

function newDecoder() {
  return new TextDecoder('utf-8', { ignoreBOM: true })
}

/** Text without the character that the end cuts in two. */
function withoutRest(bytes: Uint8Array): string {
  return newDecoder().decode(bytes, { stream: true })
}

/** Bytes without the rest of a character that their beginning cuts in two. */
function fromNextCharacter(bytes: Uint8Array): Uint8Array {
  const start = bytes.subarray(0, 4).findIndex((byte) => (byte & 0xc0) !== 0x80)
  return bytes.subarray(start < 0 ? 3 : start)
}

function gapLine(inLine: boolean, bytes: number): string {
  return `${inLine ? '\n' : ''}[... ${bytes} bytes left out ...]\n`
}

function lostLine(inLine: boolean): string {
  return `${inLine ? '\n' : ''}[... the rest was lost when Python was ended ...]\n`
}

function isInLine(text: string): boolean {
  return text !== '' && !text.endsWith('\n')
}

/** The last bytes of a stream, at most so many, in a buffer that is made when the first of them come. */
class EndOfStream {
  readonly #maxBytes: number
  #buffer: Buffer | null = null
  /** Where the next byte goes. */
  #at = 0
  #isFull = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(bytes: Uint8Array): void {
    if (this.#maxBytes === 0) return
    this.#buffer ??= Buffer.allocUnsafe(this.#maxBytes)
    const last = bytes.length > this.#maxBytes ? bytes.subarray(bytes.length - this.#maxBytes) : bytes
    const first = last.subarray(0, this.#maxBytes - this.#at)
    this.#buffer.set(first, this.#at)
    this.#buffer.set(last.subarray(first.length), 0)
    const end = this.#at + last.length
    this.#isFull ||= end >= this.#maxBytes
    this.#at = end % this.#maxBytes
  }

  /** A copy of them, in their order. */
  get bytes(): Buffer {
    if (this.#buffer === null) return Buffer.alloc(0)
    const recent = this.#buffer.subarray(0, this.#at)
    return this.#isFull ? Buffer.concat([this.#buffer.subarray(this.#at), recent]) : Buffer.from(recent)
  }
}
