import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Candidate, Offer, PackageSource } from './candidate.ts'
import { MAX_WHEEL_BYTES, WheelTooLargeError } from './limits.ts'
import type { WheelCache } from './wheel-cache.ts'
import { readRequirements } from './wheel-metadata.ts'
import { fitOf, parseWheelName, type WheelName, type WheelTarget } from './wheel-name.ts'

/** A folder of wheel files that the caller has put together. What is used of it is copied to the cache. */
export class WheelFolder implements PackageSource {
  readonly #folder: string
  readonly #target: WheelTarget
  readonly #cache: WheelCache

  constructor(folder: string, target: WheelTarget, cache: WheelCache) {
    this.#folder = folder
    this.#target = target
    this.#cache = cache
  }

  /** @throws Error when the folder cannot be read */
  async find(name: string): Promise<Offer> {
    const wheels = (await readdir(this.#folder))
      .map(parseWheelName)
      .filter((wheel) => wheel !== null && wheel.name === name) as WheelName[]
    const fitting = wheels.filter((wheel) => fitOf(wheel, this.#target) > 0)
    if (fitting.length > 0)
      return { candidates: fitting.map((wheel) => this.#candidate(wheel)), reason: null }
    const [other] = wheels
    const where = `the wheel folder "${this.#folder}"`
    if (other === undefined)
      return { candidates: [], reason: { kind: 'no-such-package', detail: `${where} has no wheel of it` } }
    const detail = `${where} has "${other.fileName}", which is not for this Pyodide (ABI ${this.#target.abi})`
    return { candidates: [], reason: { kind: 'no-build', detail } }
  }

  #candidate(wheel: WheelName): Candidate {
    const path = join(this.#folder, wheel.fileName)
    const check = async () => {
      const { size } = await stat(path)
      if (size > MAX_WHEEL_BYTES) throw new WheelTooLargeError(size)
    }
    return {
      wheel,
      origin: `the wheel folder "${this.#folder}"`,
      requirements: async () => {
        await check()
        return await readRequirements(path)
      },
      obtain: async () => {
        await check()
        return await this.#cache.put(wheel.fileName, createReadStream(path))
      },
    }
  }
}
