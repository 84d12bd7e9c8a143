import { satisfies } from '@renovatebot/pep440'
import { Slices } from 'agentchat-sandbox-base/async/slices'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import type { Candidate, Offer, PackageSource, SourceReason } from './candidate.ts'
import { FetchError, fetchPieces } from './fetch-pieces.ts'
import { IndexPage, IndexPageError } from './index-page.ts'
import { MAX_INDEX_BYTES } from './limits.ts'
import { obtainRemote, type RemoteWheel } from './remote-wheel.ts'
import type { WheelCache } from './wheel-cache.ts'
import { readRequirements } from './wheel-metadata.ts'
import { fitOf, parseWheelName, type WheelTarget } from './wheel-name.ts'

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json'

/** Wheels of one package that are considered; no package of PyPI has a third of that. */
const MAX_CANDIDATES = 20_000
const MAX_PYTHON_CHARS = 200

const metaSchema = late(() => z.object({ 'api-version': z.string().regex(/^1\./) }))

const fileSchema = late(() =>
  z.object({
    filename: z.string(),
    url: z.string(),
    hashes: z.record(z.string(), z.string()),
    'requires-python': z.string().max(MAX_PYTHON_CHARS).nullish(),
    yanked: z.union([z.boolean(), z.string()]).optional(),
  }),
)

type IndexFile = z.output<ReturnType<typeof fileSchema>>

/** A server in the manner of PyPI: the "simple" interface in JSON (PEP 691). */
export class SimpleIndex implements PackageSource {
  readonly #url: string
  readonly #target: WheelTarget
  readonly #cache: WheelCache
  readonly #silenceMs: number | undefined
  readonly #signal: AbortSignal | undefined

  /** @param url such as `https://pypi.org/simple/` */
  constructor(url: string, { target, cache, silenceMs, signal }: IndexPlan) {
    this.#url = url.endsWith('/') ? url : `${url}/`
    this.#target = target
    this.#cache = cache
    this.#silenceMs = silenceMs
    this.#signal = signal
  }

  async find(name: string): Promise<Offer> {
    const url = `${this.#url}${encodeURIComponent(name)}/`
    const { host } = new URL(url)
    try {
      const candidates = await this.#candidates(url, name)
      if (candidates.length > 0) return { candidates, reason: null }
      const detail = `${host} has no wheel of it for this Pyodide, neither pure Python nor for ABI ${this.#target.abi}`
      return { candidates, reason: { kind: 'no-build', detail } }
    } catch (error) {
      return { candidates: [], reason: reasonOf(error, host) }
    }
  }

  /** The wheels of a package that could be used. @throws FetchError, IndexPageError */
  async #candidates(url: string, name: string): Promise<Candidate[]> {
    const page = new IndexPage()
    const candidates: Candidate[] = []
    const slices = new Slices()
    let isKnown = false
    const plan = {
      maxBytes: MAX_INDEX_BYTES,
      accept: JSON_TYPE,
      type: /\bjson\b/,
      silenceMs: this.#silenceMs,
      signal: this.#signal,
    }
    for await (const piece of fetchPieces(url, plan)) {
      for (const { key, text } of page.read(piece.bytes)) {
        if (slices.over) await slices.next()
        if (key === 'meta') isKnown = metaSchema().safeParse(parseJson(text)).success
        else candidates.push(...this.#candidate(text, piece.url, name))
        if (candidates.length > MAX_CANDIDATES)
          throw new FetchError(
            'too-large',
            `${new URL(url).host} lists more than ${MAX_CANDIDATES} wheels of it`,
          )
      }
      if (slices.over) await slices.next()
    }
    page.end()
    if (!isKnown) throw new IndexPageError('the page does not say what it is')
    return candidates
  }

  /** The wheel that a page tells of, unless it is of no use; `base` is the address of the page. */
  #candidate(text: string, base: string, name: string): Candidate[] {
    const parsed = fileSchema().safeParse(parseJson(text))
    if (!parsed.success) throw new IndexPageError('an entry is none of PEP 691')
    const file = parsed.data
    const wheel = parseWheelName(file.filename)
    const { sha256 = '' } = file.hashes
    if (wheel === null || wheel.name !== name || fitOf(wheel, this.#target) === 0) return []
    if (file.yanked || !/^[0-9a-f]{64}$/.test(sha256) || !allowsPython(file, this.#target.python)) return []
    const remote: RemoteWheel = {
      url: resolveUrl(file.url, base),
      fileName: file.filename,
      sha256,
      silenceMs: this.#silenceMs,
      signal: this.#signal,
      linkedFrom: this.#url,
    }
    return [
      {
        wheel,
        origin: new URL(this.#url).host,
        requirements: async () => readRequirements((await obtainRemote(remote, this.#cache)).path),
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
  readonly signal?: AbortSignal | undefined
}

function allowsPython(file: IndexFile, python: string): boolean {
  const wanted = file['requires-python']
  return !wanted || satisfies(python, wanted)
}

function reasonOf(error: unknown, host: string): SourceReason {
  if (error instanceof IndexPageError)
    return {
      kind: 'index-failed',
      detail: `${host} answered with something else than PEP 691: ${error.message}`,
    }
  if (!(error instanceof FetchError)) throw error
  if (error.kind === 'not-found') return { kind: 'no-such-package', detail: `${host} does not know it` }
  return { kind: error.kind === 'no-network' ? 'no-network' : 'index-failed', detail: error.message }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function resolveUrl(url: string, base: string): string {
  return URL.canParse(url, base) ? new URL(url, base).href : ''
}
