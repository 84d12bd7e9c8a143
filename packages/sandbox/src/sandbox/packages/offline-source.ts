import type { Offer, PackageSource } from './candidate.ts'

/** Stands last where the network may not be used: says that it was not asked. */
export class OfflineSource implements PackageSource {
  readonly #hasFolder: boolean

  constructor(hasFolder: boolean) {
    this.#hasFolder = hasFolder
  }

  async find(): Promise<Offer> {
    const remedy = this.#hasFolder ? 'put its wheel into the wheel folder' : 'name a folder with its wheel'
    const detail = `the network is off limits (AGENTCHAT_OFFLINE or "offline"); ${remedy}`
    return { candidates: [], reason: { kind: 'offline', detail } }
  }
}
