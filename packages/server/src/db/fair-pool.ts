import pg from 'pg'
import { laneNow } from './lanes.ts'

type Connected = Parameters<Parameters<pg.Pool['connect']>[0]>
type Callback = (...connected: Connected) => void

/**
 * Connections that several share: who waits for one stands in a line of their own, and each line has its turn before another
 * one has its next. However many queries somebody sends, another one waits for one of them.
 */
export class FairPool extends pg.Pool {
  readonly #lines = new Map<string, (() => void)[]>()
  #free: number
  #queued = 0

  constructor(config: pg.PoolConfig & { readonly max: number }) {
    super(config)
    this.#free = config.max
    this.on('release', () => this.#leave())
  }

  /** Those that wait in their lines. */
  get queued(): number {
    return this.#queued
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback: Callback): void
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    if (callback === undefined)
      return new Promise((resolve, reject) => {
        this.connect((error, client) => (client === undefined ? reject(error) : resolve(client)))
      })
    this.#enter(() =>
      super.connect((...connected) => {
        // One that could not be had is given back by nobody.
        if (connected[0] !== undefined) this.#leave()
        callback(...connected)
      }),
    )
    return undefined
  }

  #enter(go: () => void): void {
    if (this.#free > 0) {
      this.#free -= 1
      go()
      return
    }
    const lane = laneNow()
    const line = this.#lines.get(lane) ?? []
    line.push(go)
    this.#lines.set(lane, line)
    this.#queued += 1
  }

  #leave(): void {
    const first = this.#lines.entries().next().value
    if (first === undefined) {
      this.#free += 1
      return
    }
    const [lane, line] = first
    const go = line.shift()
    this.#queued -= 1
    this.#lines.delete(lane)
    if (line.length > 0) this.#lines.set(lane, line)
    go?.()
  }
}
