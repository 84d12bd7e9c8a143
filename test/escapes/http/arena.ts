import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Attack, World } from './attack.ts'
import { roadOf } from './batches.ts'
import { type Answer, callerOf, unanswered } from './caller.ts'
import { HostileServers } from './hostile-servers.ts'
import { type Facts, reasonsOf, type Sample, unexpectedOf } from './judge.ts'
import { noteFacts } from './note-facts.ts'
import { type AttackedService, startService, type User } from './service.ts'
import { newSession, worldOf } from './world.ts'

const MIB = 2 ** 20
/** Memory that is given back late is not held. */
const SETTLE_MS = [0, 100, 400, 1500]
const TRIES = 3
/** What an ordinary user gets, small enough that going past it takes no minutes. */
const ENV = {
  AGENTCHAT_QUOTA_PER_MINUTE: '3000',
  AGENTCHAT_QUOTA_STORAGE_MB: '48',
  AGENTCHAT_TOOLS_ALLOW_NET: '127.0.0.1',
  AGENTCHAT_POOL_MIN: '2',
  AGENTCHAT_POOL_MAX: '2',
  AGENTCHAT_MAX_TIMEOUT_SECONDS: '10',
  AGENTCHAT_MAX_MEMORY_MB: '256',
}

/** What came of some attacks: answers that were not expected by their ids, and what all together have done. */
interface Verdict {
  readonly unexpected: ReadonlyMap<string, string[]>
  readonly reasons: readonly string[]
  readonly alive: boolean
}

/** One service, somebody who uses it, and those who attack it. */
export class Arena {
  readonly #roads: readonly string[]
  readonly #servers = new HostileServers()
  #standing: Standing | null = null

  /** @param roads by which attacks come */
  constructor(roads: Iterable<string>) {
    this.#roads = [...new Set(roads)]
  }

  /**
   * Runs attacks all at once, then in halves where they have won together, and those that may have won each alone: gives for each by its id why it has won.
   * A service that has ended is started anew.
   */
  async run(attacks: readonly Attack[]): Promise<Map<string, string[]>> {
    const { unexpected, reasons } = await this.#together(attacks)
    const verdicts = new Map<string, string[]>(attacks.map(({ id }) => [id, []]))
    for (const attack of await this.#suspects(attacks, { unexpected, reasons }))
      verdicts.set(attack.id, await this.#alone(attack))
    return verdicts
  }

  /** The service as it is. */
  async standing(): Promise<Standing> {
    this.#standing ??= await Standing.start(this.#servers, this.#roads)
    return this.#standing
  }

  async close(): Promise<void> {
    await this.#standing?.close()
    await this.#servers.close()
  }

  /** Those that may have won: what all together have done is looked for in halves, in fewer and fewer of them. */
  async #suspects(
    attacks: readonly Attack[],
    { unexpected, reasons }: Pick<Verdict, 'unexpected' | 'reasons'>,
  ): Promise<Attack[]> {
    const suspects = attacks.filter(({ id }) => unexpected.has(id))
    if (reasons.length === 0) return suspects
    if (attacks.length <= 2) return [...attacks]
    const middle = Math.ceil(attacks.length / 2)
    for (const half of [attacks.slice(0, middle), attacks.slice(middle)])
      suspects.push(...(await this.#suspects(half, await this.#together(half))))
    return [...new Set(suspects)]
  }

  /** A machine that stands still fails an attack once; a hole fails it always. */
  async #alone(attack: Attack): Promise<string[]> {
    let won: string[] = []
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const { unexpected, reasons, alive } = await this.#together([attack])
      won = [...(unexpected.get(attack.id) ?? []), ...reasons]
      if (won.length === 0 || !alive) break
    }
    return won
  }

  async #together(attacks: readonly Attack[]): Promise<Verdict> {
    const standing = await this.standing()
    const { answers, facts } = await standing.suffer(attacks)
    if (!facts.alive) {
      await standing.close()
      this.#standing = null
    }
    const unexpected = new Map<string, string[]>()
    for (const attack of attacks) {
      const wrong = unexpectedOf(attack, answers.get(attack.id) ?? [])
      if (wrong.length > 0) unexpected.set(attack.id, wrong)
    }
    noteFacts(attacks, facts, unexpected)
    return { unexpected, reasons: reasonsOf(attacks, facts), alive: facts.alive }
  }
}

/** A service that stands, with its users. */
export class Standing {
  readonly #service: AttackedService
  readonly #neighbour: Worker
  readonly #worlds: ReadonlyMap<string, World>

  private constructor(made: {
    readonly service: AttackedService
    readonly neighbour: Worker
    readonly worlds: ReadonlyMap<string, World>
  }) {
    this.#service = made.service
    this.#neighbour = made.neighbour
    this.#worlds = made.worlds
  }

  static async start(servers: HostileServers, roads: readonly string[]): Promise<Standing> {
    const service = await startService(ENV)
    const user = await service.newUser('neighbour')
    const session = await newSession(user.caller)
    const neighbour = new Worker(new URL('../../../build/escapes/http/neighbour.js', import.meta.url), {
      workerData: { url: service.url, key: user.caller.key, session },
    })
    return new Standing({ service, neighbour, worlds: await worldsOf({ service, servers, user }, roads) })
  }

  /** Runs attacks at the same time, and tells what they were answered and what was measured meanwhile. */
  async suffer(attacks: readonly Attack[]) {
    const before = await this.#service.ask('begin')
    const diskBefore = this.#service.diskBytes()
    this.#neighbour.postMessage('begin')
    const answers = new Map<string, readonly Answer[]>()
    await Promise.all(
      attacks.map(async (attack) => {
        const world = this.#worlds.get(roadOf(attack)) ?? missing(attack)
        const answer = await attack.run(world).catch((error: unknown) => [unanswered(String(error))])
        answers.set(attack.id, [answer].flat())
      }),
    )
    const others = await this.#othersSince()
    const held = await this.#service.ask('held').catch(() => null)
    const facts: Facts = {
      ...{ others, alive: held !== null, samePid: held?.pid === this.#service.pid },
      ...{ heldMs: held?.heldMs ?? 0, slowness: held?.slowness ?? 1, starved: held?.starved ?? 1 },
      growthMib: held === null ? 0 : await this.#growth(before.rssMib),
      diskMib: (this.#service.diskBytes() - diskBefore) / MIB,
    }
    return { answers, facts }
  }

  async close(): Promise<void> {
    await this.#neighbour.terminate()
    await this.#service.close()
  }

  async #othersSince(): Promise<readonly Sample[]> {
    this.#neighbour.postMessage('end')
    const [samples] = await once(this.#neighbour, 'message')
    return samples
  }

  async #growth(beforeMib: number): Promise<number> {
    let growth = Number.POSITIVE_INFINITY
    for (const pause of SETTLE_MS) {
      await sleep(pause)
      const { rssMib } = await this.#service.ask('memory')
      growth = Math.min(growth, rssMib - beforeMib)
      if (growth < 48) break
    }
    return growth
  }
}

/**
 * An attacker for each road, from an address of its own: one that has used up its quotas, or the connections of its
 * address, would attack no more. One after the other, and before all attacks: those who sign in at the same time, or where
 * somebody guesses, are slowed down.
 */
async function worldsOf(
  { service, servers, user }: { service: AttackedService; servers: HostileServers; user: User },
  roads: readonly string[],
): Promise<Map<string, World>> {
  const worlds = new Map<string, World>()
  for (const [index, road] of roads.entries()) {
    // Those who guess passwords sit at the place of the one who has signed in there before.
    const isElsewhere = process.platform === 'linux' && road !== 'sign'
    const from = isElsewhere ? `127.0.1.${index + 1}` : undefined
    const attacker = (await service.newUser(`attacker-${road}`, from)).caller
    const { caller: bystander, credentials: bystanderCredentials } = user
    const stranger = callerOf(service.url, '', from)
    worlds.set(road, worldOf({ attacker, stranger, bystander, bystanderCredentials, servers }))
  }
  return worlds
}

function missing({ id }: Attack): never {
  throw new Error(`Cannot attack with "${id}": its road was not named`)
}
