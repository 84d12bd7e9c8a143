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

/** One service, somebody who uses it, and those who attack it. */
export class Arena {
  readonly #servers = new HostileServers()
  #standing: Standing | null = null

  /**
   * Runs attacks all at once, and those that may have won, once more each alone: gives for each by its id why it has won.
   * A service that has ended is started anew.
   */
  async run(attacks: readonly Attack[]): Promise<Map<string, string[]>> {
    const { unexpected, reasons } = await this.#together(attacks)
    const verdicts = new Map<string, string[]>(attacks.map(({ id }) => [id, []]))
    for (const attack of attacks)
      if (reasons.length > 0 || unexpected.has(attack.id)) verdicts.set(attack.id, await this.#alone(attack))
    return verdicts
  }

  /** The service as it is. */
  async standing(): Promise<Standing> {
    this.#standing ??= await Standing.start(this.#servers)
    return this.#standing
  }

  async close(): Promise<void> {
    await this.#standing?.close()
    await this.#servers.close()
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

  async #together(attacks: readonly Attack[]) {
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
  readonly #servers: HostileServers
  readonly #neighbour: Worker
  readonly #user: User
  /** Each road has an attacker of its own: one that has used up its quotas would attack no more. */
  readonly #worlds = new Map<string, World>()

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
    return new Standing({ service, servers, user, neighbour })
  }

  /** Runs attacks at the same time, and tells what they were answered and what was measured meanwhile. */
  async suffer(attacks: readonly Attack[]) {
    const prepared: { readonly attack: Attack; readonly world: World }[] = []
    // One after the other: those who sign in at the same time from one place are taken for guessers.
    for (const attack of attacks) prepared.push({ attack, world: await this.#worldOf(roadOf(attack)) })
    const before = await this.#service.ask('begin')
    const diskBefore = this.#service.diskBytes()
    this.#neighbour.postMessage('begin')
    const answers = new Map<string, readonly Answer[]>()
    await Promise.all(
      prepared.map(async ({ attack, world }) => {
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
