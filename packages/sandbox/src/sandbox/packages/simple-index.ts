import { satisfies } from '@renovatebot/pep440'
import { z } from 'zod'
import type { Candidate, Offer, PackageSource } from './candidate.ts'
import { FetchError, fetchBytes } from './fetch-bytes.ts'
import { MAX_INDEX_BYTES } from './limits.ts'
import { obtainRemote, type RemoteWheel, readRemote } from './remote-wheel.ts'
import type { WheelCache } from './wheel-cache.ts'
import { readRequirements } from './wheel-metadata.ts'
import { fitOf, parseWheelName, type WheelTarget } from './wheel-name.ts'

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json'

const answerSchema = z.object({
  meta: z.object({ 'api-version': z.string().regex(/^1\./) }),
  files: z
    .array(
      z.object({
        filename: z.string(),
        url: z.string(),
        hashes: z.record(z.string(), z.string()),
        'requires-python': z.string().nullish(),
        yanked: z.union([z.boolean(), z.string()]).optional(),
      }),
    )
    .max(200_000),
})

type IndexFile = z.output<typeof answerSchema>['files'][number]

/** A server in the manner of PyPI: the "simple" interface in JSON (PEP 691). */
export class SimpleIndex implements PackageSource {
  readonly #url: string
  readonly #target: WheelTarget
  readonly #cache: WheelCache
  readonly #silenceMs: number | undefined

  /** @param url such as `https://pypi.org/simple/` */
  constructor(url: string, { target, cache, silenceMs }: IndexPlan) {
    this.#url = url.endsWith('/') ? url : `${url}/`
    this.#target = target
    this.#cache = cache
    this.#silenceMs = silenceMs
  }

  async find(name: string): Promise<Offer> {
    const files = await this.#ask(name)
    if ('kind' in files) return { candidates: [], reason: files }
    const { host } = new URL(this.#url)
    const candidates = files.flatMap((file) => this.#candidate(file, name))
    if (candidates.length > 0) return { candidates, reason: null }
    const detail = `${host} has no wheel of it for this Pyodide, neither pure Python nor for ABI ${this.#target.abi}`
    return { candidates, reason: { kind: 'no-build', detail } }
  }

  /** The files that the index has of a package, with absolute addresses; or why it has none. */
  async #ask(name: string) {
    const url = `${this.#url}${encodeURIComponent(name)}/`
    try {
      const answer = await fetchBytes(url, {
        maxBytes: MAX_INDEX_BYTES,
        accept: JSON_TYPE,
        type: /\bjson\b/,
        silenceMs: this.#silenceMs,
      })
      const parsed = answerSchema.safeParse(parseJson(answer.bytes))
      if (!parsed.success)
        return {
          kind: 'index-failed',
          detail: `${new URL(url).host} answered with something else than PEP 691`,
        } as const
      return parsed.data.files.map((file) => ({ ...file, url: resolveUrl(file.url, answer.url) }))
    } catch (error) {
      if (!(error instanceof FetchError)) throw error
      const { host } = new URL(url)
      if (error.kind === 'not-found')
        return { kind: 'no-such-package', detail: `${host} does not know it` } as const
      return {
        kind: error.kind === 'no-network' ? 'no-network' : 'index-failed',
        detail: error.message,
      } as const
    }
  }

  #candidate(file: IndexFile, name: string): Candidate[] {
    const wheel = parseWheelName(file.filename)
    const { sha256 = '' } = file.hashes
    if (wheel === null || wheel.name !== name || fitOf(wheel, this.#target) === 0) return []
    if (file.yanked || !/^[0-9a-f]{64}$/.test(sha256) || !allowsPython(file, this.#target.python)) return []
    const remote: RemoteWheel = {
      url: file.url,
      fileName: file.filename,
      sha256,
      silenceMs: this.#silenceMs,
      linkedFrom: this.#url,
    }
    return [
      {
        wheel,
        origin: new URL(this.#url).host,
        requirements: async () => readRequirements(await readRemote(remote, this.#cache)),
        obtain: async () => await obtainRemote(remote, this.#cache),
      },
    ]
  }
}

/** What an index needs to know. */
export interface IndexPlan {
  readonly target: WheelTarget
  readonly cache: WheelCache
  /** How long a server may be silent. */
  readonly silenceMs?: number | undefined
}

function allowsPython(file: IndexFile, python: string): boolean {
  const wanted = file['requires-python']
  return !wanted || satisfies(python, wanted)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
}

function resolveUrl(url: string, base: string): string {
  return URL.canParse(url, base) ? new URL(url, base).href : ''
}
