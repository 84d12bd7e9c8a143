// Runs attacks against targets, two at a time, and hands each verdict on as it comes.
import { spawnSync } from 'node:child_process'
import { Lane } from './lane.mjs'
import { runAttack } from './run-attack.mjs'
import { Workplace } from './workplace.mjs'

const LANES = 2

/** @typedef {import('./run-attack.mjs').Verdict} Verdict */

/** Everything that a run of the suite has open. */
export class Harness {
  #place = new Workplace()
  /** @type {Map<string, object | string>} */
  #settings = new Map()
  /** @type {Map<string, Lane>} */
  #lanes = new Map()
  #quick

  /** @param {{ quick: boolean }} options */
  constructor({ quick }) {
    this.#quick = quick
  }

  /**
   * @param {readonly import('./cases.mjs').Attack[]} attacks
   * @param {import('./targets.mjs').Target} target
   * @param {(verdict: Verdict) => void} onVerdict
   */
  async runAll(attacks, target, onVerdict) {
    const queue = attacks.values()
    const lanes = Array.from({ length: LANES }, async (_, lane) => {
      for (const attack of queue) onVerdict(await this.run(attack, target, lane))
    })
    await Promise.all(lanes)
    for (const [key, lane] of this.#lanes) {
      if (!key.startsWith(`${target.name} `)) continue
      this.#lanes.delete(key)
      await lane.end()
    }
  }

  /**
   * @param {import('./cases.mjs').Attack} attack
   * @param {import('./targets.mjs').Target} target
   * @param {number} number of the lane; two runs in one lane must not overlap
   * @returns {Promise<Verdict>}
   */
  async run(attack, target, number) {
    const no = (outcome, reason) => ({
      id: attack.id,
      target: target.name,
      outcome,
      reasons: [reason],
      said: '',
      seconds: 0,
    })
    const passed = target.passes(attack)
    if (passed !== null) return no('passed', passed)
    if (attack.needs === 'session') return no('skipped', 'needs sessions (issue 4)')
    const netns = attack.needs === 'netns'
    if (netns && !hasNetworkNamespaces()) return no('skipped', 'no network namespaces here (unshare -rn)')
    const settings = this.#settingsOf(target)
    if (typeof settings === 'string') return no('skipped', settings)
    const lane = this.#lane(`${target.name} ${number}${netns ? ' netns' : ''}`, settings, netns)
    return await runAttack(attack, target, { lane, folder: this.#place.folder, quick: this.#quick })
  }

  async close() {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.end()))
    this.#place.remove()
  }

  /** @param {import('./targets.mjs').Target} target */
  #settingsOf(target) {
    const known = this.#settings.get(target.name) ?? target.settings(this.#place)
    this.#settings.set(target.name, known)
    return known
  }

  /** A lane whose host has died is replaced. */
  #lane(key, settings, netns) {
    const known = this.#lanes.get(key)
    if (known?.usable) return known
    const lane = new Lane(settings, { env: this.#place.env, netns })
    this.#lanes.set(key, lane)
    return lane
  }
}

let namespaces
function hasNetworkNamespaces() {
  namespaces ??= spawnSync('unshare', ['-rn', 'true']).status === 0
  return namespaces
}
