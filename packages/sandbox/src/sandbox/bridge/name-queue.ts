import { lookup } from 'node:dns/promises'
import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { CallError } from './call-error.ts'

/** Asks for the addresses of a name. */
export type NameLookup = (name: string) => Promise<readonly string[]>

/**
 * Names of one worker that are looked up at a time: the system does it with the few threads that read files too, and
 * a name server may take its time.
 */
const MAX_LOOKUPS = 2

/** Looks names up, few at a time; who asks for a name that is being looked up gets the same answer. */
export class NameQueue {
  readonly #lookup: NameLookup
  readonly #underWay = new Map<string, Promise<readonly string[]>>()
  readonly #waiting: Deferred<void>[] = []
  #running = 0

  constructor(lookup: NameLookup) {
    this.#lookup = lookup
  }

  /** @throws CallError `resolve` when there is no such name */
  addressesOf(name: string): Promise<readonly string[]> {
    const known = this.#underWay.get(name)
    if (known !== undefined) return known
    const asked = this.#ask(name).finally(() => this.#underWay.delete(name))
    this.#underWay.set(name, asked)
    return asked
  }

  /** Refuses who waits: the run is over. */
  close(): void {
    for (const turn of this.#waiting.splice(0)) turn.reject(new CallError('ECONNABORTED', 'the run is over'))
  }

  async #ask(name: string): Promise<readonly string[]> {
    if (this.#running < MAX_LOOKUPS) this.#running += 1
    else {
      const turn = deferred<void>()
      this.#waiting.push(turn)
      await turn.promise
    }
    try {
      return await this.#lookup(name)
    } catch (error) {
      throw new CallError('resolve', `Name or service not known: ${JSON.stringify(name)}`, { cause: error })
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next.resolve()
    }
  }
}

/** As programs of this machine find names: its hosts file and its name servers. */
export async function systemLookup(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address)
}
