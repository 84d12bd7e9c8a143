// Runs attacks against targets, two at a time. Owns everything that a run of the suite has open.
import { spawnSync } from 'node:child_process'
import type { Attack } from './cases.ts'
import type { HostSettings } from './host/outcome.ts'
import { Lane } from './lane.ts'
import { runAttack, START_SECONDS, type Verdict } from './run-attack.ts'
import type { Target } from './targets.ts'
import { Workplace } from './workplace.ts'

const AT_ONCE = 2

export class Harness {
  readonly #workplace = new Workplace()
  readonly #quick: boolean
  readonly #settings = new Map<string, HostSettings | string>()
  /** Hosts that nobody uses, by target. */
  readonly #free = new Map<string, Lane[]>()
  readonly #lanes = new Set<Lane>()
  readonly #prepared = new Map<string, Promise<void>>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor({ quick }: { quick: boolean }) {
    this.#quick = quick
  }

  async runAll(
    attacks: readonly Attack[],
    target: Target,
    onVerdict: (verdict: Verdict) => void,
  ): Promise<void> {
    await Promise.all(attacks.map(async (attack) => onVerdict(await this.run(attack, target))))
    await this.#endLanes()
  }

  /** Runs one attack as soon as there is room. */
  async run(attack: Attack, target: Target): Promise<Verdict> {
    const refused = this.#refusal(attack, target)
    if (refused !== null) return { id: attack.id, target: target.name, said: '', seconds: 0, ...refused }
    await this.#enter()
    const key = attack.needs === 'netns' ? `${target.name} netns` : target.name
    try {
      this.#prepared.set(key, this.#prepared.get(key) ?? this.#prepare(key, target))
      await this.#prepared.get(key)
      const lane = this.#take(key, target)
      const verdict = await runAttack(attack, target, {
        lane,
        folder: this.#workplace.folder,
        quick: this.#quick,
      })
      this.#giveBack(key, lane)
      return verdict
    } finally {
      this.#leave()
    }
  }

  async close(): Promise<void> {
    await this.#endLanes()
    this.#workplace.remove()
  }

  /** Why it is not run at all, or null. */
  #refusal(attack: Attack, target: Target): Pick<Verdict, 'outcome' | 'reasons'> | null {
    const passed = target.passes(attack)
    if (passed !== null) return { outcome: 'passed', reasons: [passed] }
    const skipped = (reason: string) => ({ outcome: 'skipped' as const, reasons: [reason] })
    if (attack.needs === 'netns' && !hasNetworkNamespaces())
      return skipped('no network namespaces here (unshare -rn)')
    const settings = this.#settingsOf(target)
    return typeof settings === 'string' ? skipped(settings) : null
  }

  #settingsOf(target: Target): HostSettings | string {
    const known = this.#settings.get(target.name) ?? target.settings(this.#workplace)
    this.#settings.set(target.name, known)
    return known
  }

  /** The first host makes what all of them need. */
  async #prepare(key: string, target: Target): Promise<void> {
    const lane = this.#take(key, target)
    await lane.ask('prepare', { grants: {} }, START_SECONDS)
    this.#giveBack(key, lane)
  }

  #take(key: string, target: Target): Lane {
    const known = this.#free.get(key)?.pop()
    if (known?.usable) return known
    const settings = this.#settingsOf(target)
    if (typeof settings === 'string') throw new Error(settings)
    const lane = new Lane(settings, { env: this.#workplace.env, netns: key.endsWith(' netns') })
    this.#lanes.add(lane)
    return lane
  }

  #giveBack(key: string, lane: Lane): void {
    this.#free.set(key, [...(this.#free.get(key) ?? []), lane])
  }

  async #endLanes(): Promise<void> {
    const lanes = [...this.#lanes]
    this.#lanes.clear()
    this.#free.clear()
    this.#prepared.clear()
    await Promise.all(lanes.map((lane) => lane.end()))
  }

  async #enter(): Promise<void> {
    if (this.#running < AT_ONCE) this.#running += 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Hands the place to the attack that waits longest. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}

let namespaces: boolean | undefined
function hasNetworkNamespaces(): boolean {
  namespaces ??= spawnSync('unshare', ['-rn', 'true']).status === 0
  return namespaces
}
