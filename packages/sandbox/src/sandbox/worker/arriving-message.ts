import { type JsonBounds, JsonScan } from 'agentchat-sandbox-base/gate/json-text'

/**
 * The text of a message, which is checked against its bounds while it comes: of a long one nearly all is checked before its
 * end is there, and in between others had their turn of the event loop.
 */
export class ArrivingMessage {
  readonly #bounds: JsonBounds
  #decoder = new TextDecoder('utf-8', { fatal: true })
  #scan: JsonScan
  #text = ''
  #taken = 0

  constructor(bounds: JsonBounds) {
    this.#bounds = bounds
    this.#scan = new JsonScan(bounds)
  }

  /**
   * Takes what is there of the message, which begins with what was there before.
   * @throws JsonBoundsError
   * @throws TypeError when it is no UTF-8
   */
  take(arrived: Uint8Array): void {
    this.#add(this.#decoder.decode(arrived.subarray(this.#taken), { stream: true }))
    this.#taken = arrived.length
  }

  /** Takes the whole message, and gives its text; what comes then is the next one. @throws as `take` does */
  end(payload: Uint8Array): string {
    this.#add(this.#decoder.decode(payload.subarray(this.#taken)))
    const text = this.#text
    this.#decoder = new TextDecoder('utf-8', { fatal: true })
    this.#scan = new JsonScan(this.#bounds)
    this.#text = ''
    this.#taken = 0
    return text
  }

  #add(text: string): void {
    this.#scan.read(text)
    this.#text += text
  }
}
