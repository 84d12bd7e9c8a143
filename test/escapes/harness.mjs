// Runs attacks against targets, two at a time. Owns everything that a run of the suite has open.
import { spawnSync } from 'node:child_process'
import { Lane } from './lane.mjs'
import { runAttack, START_SECONDS } from './run-attack.mjs'
import { Workplace } from './workplace.mjs'

const AT_ONCE = 2

/** @typedef {import('./run-attack.mjs').Verdict} Verdict */
/** @typedef {import('./targets.mjs').Target} Target */

export class Harness {
  #place = new Workplace()
  #quick
  /** @type {Map<string, object | string>} */
  #settings = new Map()
  /** Hosts that nobody uses, by target. @type {Map<string, Lane[]>} */
  #free = new Map()
  /** @type {Set<Lane>} */
  #lanes = new Set()
  /** @type {Map<string, Promise<void>>} */
  #prepared = new Map()
  #running = 0
  /** @type {(() => void)[]} */
  #waiting = []

  /** @param {{ quick: boolean }} options */
  constructor({ quick }) {
    this.#quick = quick
  }

  /**
   * @param {readonly import('./cases.mjs').Attack[]} attacks
   * @param {Target} target
   * @param {(verdict: Verdict) => void} onVerdict
   */
  async runAll(attacks, target, onVerdict) {
    await Promise.all(attacks.map(async (attack) => onVerdict(await this.run(attack, target))))
    await this.#endLanes()
  }

  /**
   * Runs one attack as soon as there is room.
   * @param {import('./cases.mjs').Attack} attack
   * @param {Target} target
   * @returns {Promise<Verdict>}
   */
  async run(attack, target) {
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
        folder: this.#place.folder,
        quick: this.#quick,
      })
      this.#giveBack(key, lane)
      return verdict
    } finally {
      this.#leave()
    }
  }

  async close() {
    await this.#endLanes()
    this.#place.remove()
  }

  /** Why it is not run at all, or null. @returns {Pick<Verdict, 'outcome' | 'reasons'> | null} */
  #refusal(attack, target) {
    const passed = target.passes(attack)
    if (passed !== null) return { outcome: 'passed', reasons: [passed] }
    const skipped = (/** @type {string} */ reason) => ({
      outcome: /** @type {const} */ ('skipped'),
      reasons: [reason],
    })
    if (attack.needs === 'netns' && !hasNetworkNamespaces())
      return skipped('no network namespaces here (unshare -rn)')
    const settings = this.#settingsOf(target)
    return typeof settings === 'string' ? skipped(settings) : null
  }

  /** @param {Target} target */
  #settingsOf(target) {
    const known = this.#settings.get(target.name) ?? target.settings(this.#place)
    this.#settings.set(target.name, known)
    return known
  }

  /** The first host makes what all of them need. @param {string} key @param {Target} target */
  async #prepare(key, target) {
    const lane = this.#take(key, target)
    await lane.ask('prepare', { grants: {} }, START_SECONDS)
    this.#giveBack(key, lane)
  }

  /** @param {string} key @param {Target} target */
  #take(key, target) {
    const known = this.#free.get(key)?.pop()
    if (known?.usable) return known
    const lane = new Lane(this.#settingsOf(target), { env: this.#place.env, netns: key.endsWith(' netns') })
    this.#lanes.add(lane)
    return lane
  }

  /** @param {string} key @param {Lane} lane */
  #giveBack(key, lane) {
    this.#free.set(key, [...(this.#free.get(key) ?? []), lane])
  }

  async #endLanes() {
    const lanes = [...this.#lanes]
    this.#lanes.clear()
    this.#free.clear()
    this.#prepared.clear()
    await Promise.all(lanes.map((lane) => lane.end()))
  }

  async #enter() {
    if (this.#running < AT_ONCE) this.#running += 1
    else await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)))
  }

  /** Hands the place to who waits longest. */
  #leave() {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}

/** @type {boolean | undefined} */
let namespaces
function hasNetworkNamespaces() {
  namespaces ??= spawnSync('unshare', ['-rn', 'true']).status === 0
  return namespaces
}
