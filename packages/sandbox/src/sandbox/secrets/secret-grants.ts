import { randomBytes } from 'node:crypto'
import { InvalidOptionsError } from '../errors/errors.ts'
import { parseHosts } from '../permissions/hosts.ts'
import { type Destination, decideHost, type NetPolicy } from '../permissions/net-policy.ts'
import type { SecretOptions, SecretPlace } from './secret-options.ts'

/** Every placeholder begins with this: whether a text holds one is seen at once. */
export const PLACEHOLDER_START = 'acssecret'
/** Characters of a placeholder: letters and digits alone, which no encoding of URLs or JSON changes. */
export const PLACEHOLDER_CHARS = PLACEHOLDER_START.length + 40

/** A secret, and where it may be put. */
export interface GrantedSecret {
  readonly name: string
  readonly value: string
  /** What Python has instead. */
  readonly placeholder: string
  readonly places: readonly SecretPlace[]
  /** At these hosts. */
  readonly policy: NetPolicy
}

/** The secrets of a sandbox, of a session or of one execution. */
export class SecretGrants {
  readonly #secrets: ReadonlyMap<string, GrantedSecret>
  readonly #byPlaceholder: ReadonlyMap<string, GrantedSecret>

  private constructor(secrets: ReadonlyMap<string, GrantedSecret>) {
    this.#secrets = secrets
    this.#byPlaceholder = new Map([...secrets.values()].map((secret) => [secret.placeholder, secret]))
  }

  /** No secrets. */
  static readonly none = new SecretGrants(new Map())

  /**
   * With more of them, which replace those of the same name. The same where there are none.
   * @param what the name of the options, for errors
   * @throws InvalidOptionsError naming each host that cannot be read exactly
   */
  with(secrets: SecretOptions | undefined, what: string): SecretGrants {
    const entries = Object.entries(secrets ?? {})
    if (entries.length === 0) return this
    const granted = new Map(this.#secrets)
    for (const [name, { value, hosts, places }] of entries) {
      const placeholder = `${PLACEHOLDER_START}${randomBytes(20).toString('hex')}`
      granted.set(name, { name, value, placeholder, places, policy: policyOf(name, hosts, what) })
    }
    return new SecretGrants(granted)
  }

  get isEmpty(): boolean {
    return this.#secrets.size === 0
  }

  get names(): string[] {
    return [...this.#secrets.keys()]
  }

  get values(): string[] {
    return [...this.#secrets.values()].map(({ value }) => value)
  }

  /** What Python finds in `os.environ`. */
  get variables(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#secrets.values()].map(({ name, placeholder }) => [name, placeholder]))
  }

  /** Those that may be put into requests to this host. */
  for(destination: Destination): readonly GrantedSecret[] {
    return [...this.#secrets.values()].filter(({ policy }) => decideHost(policy, destination).allowed)
  }

  /** The secret that this stands for. */
  at(placeholder: string): GrantedSecret | undefined {
    return this.#byPlaceholder.get(placeholder)
  }
}

function policyOf(name: string, hosts: readonly string[], what: string): NetPolicy {
  try {
    return { allow: parseHosts('hosts', hosts), deny: [] }
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error
    const problems = error.problems.map(({ path, problem }) => ({ path: `secrets.${name}.${path}`, problem }))
    throw new InvalidOptionsError(what, problems)
  }
}
