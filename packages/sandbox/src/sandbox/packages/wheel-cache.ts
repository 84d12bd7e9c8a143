import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CacheUnwritableError } from '../errors.ts'
import { makeFolder } from '../image/make-folder.ts'
import type { Candidate, ObtainedWheel, PackageSource } from './candidate.ts'
import { readRequirements } from './wheel-metadata.ts'
import { fitOf, parseWheelName, type WheelName, type WheelTarget } from './wheel-name.ts'

const NOTHING = { candidates: [], reason: null }

/** Wheels that were had before, each in a folder that is named by its hash. */
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

  /** The wheel with this hash, or null. A file that has another one is damaged, and removed. */
  async get(fileName: string, sha256: string): Promise<Uint8Array | null> {
    const bytes = await readFile(this.pathOf(fileName, sha256)).catch(() => null)
    if (bytes === null) return null
    if (hashOf(bytes) === sha256) return bytes
    await rm(join(this.#folder, sha256), { recursive: true, force: true })
    return null
  }

  /** Keeps a wheel. @throws CacheUnwritableError */
  async put(fileName: string, bytes: Uint8Array): Promise<ObtainedWheel> {
    const sha256 = hashOf(bytes)
    const path = this.pathOf(fileName, sha256)
    const draft = join(this.#folder, `.${randomUUID()}`)
    try {
      const there = await stat(path).catch(() => null)
      if (there?.size === bytes.length) return { path, sha256 }
      await makeFolder(join(this.#folder, sha256))
      await writeFile(draft, bytes)
      await rename(draft, path)
    } catch (cause) {
      await rm(draft, { force: true })
      throw new CacheUnwritableError(this.#folder, { cause })
    }
    return { path, sha256 }
  }

  pathOf(fileName: string, sha256: string): string {
    return join(this.#folder, sha256, fileName)
  }

  #candidate(wheel: WheelName, sha256: string): Candidate {
    const bytes = async () => {
      const found = await this.get(wheel.fileName, sha256)
      if (found === null) throw new Error('it was damaged in the cache and has been removed; try again')
      return found
    }
    return {
      wheel,
      origin: 'the cache',
      requirements: async () => readRequirements(await bytes()),
      obtain: async () => {
        await bytes()
        return { path: this.pathOf(wheel.fileName, sha256), sha256 }
      },
    }
  }
}

/** In hexadecimal. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
