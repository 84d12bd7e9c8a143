import { createHash, randomUUID } from 'node:crypto'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from 'agentchat-sandbox-base/disk/make-folder'
import { CacheUnwritableError } from '../errors/errors.ts'
import type { Candidate, ObtainedWheel, PackageSource } from './candidate.ts'
import { sha256OfFile } from './wheel-file.ts'
import { readRequirements } from './wheel-metadata.ts'
import { fitOf, parseWheelName, type WheelName, type WheelTarget } from './wheel-name.ts'

const NOTHING = { candidates: [], reason: null }

/**
 * Wheels that were had before, each in a folder that is named by its hash. A source of packages only where nobody else
 * can be asked: which index a wheel is from, it does not know.
 */
export class WheelCache implements PackageSource {
  readonly #folder: string
  readonly #target: WheelTarget
  /** Bytes that were fetched to be put here, in the life of this object. */
  fetchedBytes = 0

  constructor(cacheDir: string, target: WheelTarget) {
    this.#folder = join(cacheDir, 'wheels')
    this.#target = target
  }

  async find(name: string) {
    const candidates: Candidate[] = []
    for (const hash of await readdir(this.#folder).catch(() => [])) {
      if (!/^[0-9a-f]{64}$/.test(hash)) continue
      for (const fileName of await readdir(join(this.#folder, hash)).catch(() => [])) {
        const wheel = parseWheelName(fileName)
        if (wheel?.name === name && fitOf(wheel, this.#target) > 0)
          candidates.push(this.#candidate(wheel, hash))
      }
    }
    return candidates.length === 0 ? NOTHING : { candidates, reason: null }
  }

  /** Is the wheel with this hash there? A file that has another one is damaged, and removed. */
  async has(fileName: string, sha256: string): Promise<boolean> {
    const actual = await sha256OfFile(this.pathOf(fileName, sha256)).catch(() => null)
    if (actual === null || actual === sha256) return actual !== null
    await rm(join(this.#folder, sha256), { recursive: true, force: true })
    return false
  }

  /**
   * Keeps a wheel, as its pieces come. Throws what they throw, or `check` when it is told the hash.
   * @throws CacheUnwritableError
   */
  async put(
    fileName: string,
    pieces: AsyncIterable<Uint8Array>,
    check: (sha256: string) => void = () => {},
  ): Promise<ObtainedWheel> {
    const draft = join(this.#folder, `.${randomUUID()}`)
    try {
      const hash = createHash('sha256')
      await using file = await this.#orUnwritable(makeFolder(this.#folder).then(() => open(draft, 'wx')))
      for await (const piece of pieces) {
        hash.update(piece)
        await this.#orUnwritable(file.write(piece))
      }
      const sha256 = hash.digest('hex')
      check(sha256)
      await this.#orUnwritable(makeFolder(join(this.#folder, sha256)))
      await this.#orUnwritable(rename(draft, this.pathOf(fileName, sha256)))
      return { path: this.pathOf(fileName, sha256), sha256 }
    } finally {
      await rm(draft, { force: true }).catch(() => {})
    }
  }

  pathOf(fileName: string, sha256: string): string {
    return join(this.#folder, sha256, fileName)
  }

  #candidate(wheel: WheelName, sha256: string): Candidate {
    const path = this.pathOf(wheel.fileName, sha256)
    const check = async () => {
      if (await this.has(wheel.fileName, sha256)) return
      throw new Error('it was damaged in the cache and has been removed; try again')
    }
    return {
      wheel,
      origin: 'the cache',
      requirements: async () => {
        await check()
        return await readRequirements(path)
      },
      obtain: async () => {
        await check()
        return { path, sha256 }
      },
    }
  }

  async #orUnwritable<Value>(work: Promise<Value>): Promise<Value> {
    return await work.catch((cause: unknown) => {
      throw new CacheUnwritableError(this.#folder, { cause })
    })
  }
}
