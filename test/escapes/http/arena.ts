import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Attack, World } from './attack.ts'
import { callerOf, unanswered } from './caller.ts'
import { HostileServers } from './hostile-servers.ts'
import { type Baseline, type Facts, reasonsOf, type Sample } from './judge.ts'
import { type AttackedService, startService, type User } from './service.ts'
import { newSession, worldOf } from './world.ts'

const MIB = 2 ** 20
const BASELINE_MS = 3000
/** Memory that is given back late is not held. */
const SETTLE_MS = [0, 100, 400, 1500]
/** A machine that stands still fails an attack once; a hole fails it always. */
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

/** What came of an attack. */
export interface Verdict {
  readonly id: string
  readonly reasons: readonly string[]
  readonly facts: Facts
}

/** One service, somebody who uses it, and those who attack it, one after the other. */
export class Arena {
  readonly #servers = new HostileServers()
  #standing: Standing | null = null

  /** Runs one attack; starts the service anew when the one before has ended. */
  async run(attack: Attack): Promise<Verdict> {
    for (let attempt = 1; ; attempt += 1) {
      const standing = await this.#stand()
      const facts = await standing.suffer(attack)
      const reasons = reasonsOf(attack, facts, standing.baseline)
      if (!facts.alive) {
        await standing.close()
        this.#standing = null
      }
      if (reasons.length === 0 || attempt === TRIES || !facts.alive) return { id: attack.id, reasons, facts }
      await standing.rest()
    }
  }

  /** The service as it is, for attacks that are made up while they run. */
  async standing(): Promise<Standing> {
    return await this.#stand()
  }

  async close(): Promise<void> {
    await this.#standing?.close()
    await this.#servers.close()
  }

  async #stand(): Promise<Standing> {
    this.#standing ??= await Standing.start(this.#servers)
    return this.#standing
  }
}

/** A service that stands, with its users. */
export class Standing {
  readonly #service: AttackedService
  readonly #servers: HostileServers
  readonly #neighbour: Worker
  readonly #user: User
  /** Each road has an attacker of its own: one that has used up its quotas would attack no more. */
  readonly #worlds = new Map<string, World>()
  baseline: Baseline = new Map()

  private constructor(made: {
    readonly service: AttackedService
    readonly servers: HostileServers
    readonly user: User
    readonly neighbour: Worker
  }) {
    this.#service = made.service
    this.#servers = made.servers
    this.#user = made.user
    this.#neighbour = made.neighbour
  }

  static async start(servers: HostileServers): Promise<Standing> {
    const service = await startService(ENV)
    const user = await service.newUser('neighbour')
    const session = await newSession(user.caller)
    const neighbour = new Worker(new URL('neighbour.mjs', import.meta.url), {
      workerData: { url: service.url, key: user.caller.key, session },
    })
    const standing = new Standing({ service, servers, user, neighbour })
    await standing.rest()
    return standing
  }

  async suffer(attack: Attack): Promise<Facts> {
    const world = await this.#worldOf(attack.id.split('-', 1)[0] ?? '')
    const before = await this.#service.ask('begin')
    const diskBefore = this.#service.diskBytes()
    this.#neighbour.postMessage('begin')
    const answers = await attack.run(world).catch((error: unknown) => [unanswered(String(error))])
    const others = await this.#othersSince()
    const held = await this.#service.ask('held').catch(() => null)
    return {
      answers: [answers].flat(),
      others,
      alive: held !== null,
      samePid: held?.pid === this.#service.pid,
      heldMs: held?.heldMs ?? Number.POSITIVE_INFINITY,
      growthMib: held === null ? 0 : await this.#growth(before.rssMib),
      diskMib: (this.#service.diskBytes() - diskBefore) / MIB,
    }
  }

  async close(): Promise<void> {
    await this.#neighbour.terminate()
    await this.#service.close()
  }

  /** What the neighbour's requests take while nobody attacks, so many milliseconds at most. */
  /** Lets the machine come to rest, and measures anew what requests take on it. */
  async rest(): Promise<void> {
    this.baseline = await this.#quiet()
  }

  async #quiet(): Promise<Baseline> {
    this.#neighbour.postMessage('begin')
    await sleep(BASELINE_MS)
    const longest = new Map<string, number>()
    for (const { what, ms } of await this.#othersSince())
      longest.set(what, Math.max(longest.get(what) ?? 0, ms))
    return longest
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

  async #worldOf(road: string): Promise<World> {
    const known = this.#worlds.get(road)
    if (known !== undefined) return known
    const attacker = (await this.#service.newUser(`attacker-${road}`)).caller
    const { caller: bystander, credentials } = this.#user
    const common = { attacker, bystander, bystanderCredentials: credentials }
    const world = worldOf({ ...common, stranger: callerOf(this.#service.url), servers: this.#servers })
    this.#worlds.set(road, world)
    return world
  }
}
