import type { ByteRedactor, RedactionCounter } from 'agentchat-sandbox-base/redaction/byte-redactor'
import { KnownSecrets } from 'agentchat-sandbox-base/redaction/known-secrets'
import { RedactorChain } from 'agentchat-sandbox-base/redaction/redactor-chain'
import type { Shapes } from 'agentchat-sandbox-base/redaction/shapes/shape-redactor'
import { InvalidOptionsError } from '../errors/errors.ts'
import { hostEnvironment } from '../host/host-environment.ts'
import type { SecretOptions } from '../secrets/secret-options.ts'
import { type KnownSecretOptions, type RedactionPolicy, secretValues } from './redaction-options.ts'
import { RunRedaction } from './run-redaction.ts'

/** What a sandbox, a session or an execution says of redaction. */
export interface RedactionSettings {
  readonly redaction?: RedactionPolicy | undefined
  readonly knownSecrets?: KnownSecretOptions | undefined
}

/** Secrets that Python uses and never sees are known ones, too. */
export function withValues({
  redaction,
  knownSecrets = [],
  secrets = {},
}: RedactionSettings & { readonly secrets?: SecretOptions | undefined }): RedactionSettings {
  return { redaction, knownSecrets: [...knownSecrets, ...Object.values(secrets).map(({ value }) => value)] }
}

/** What is taken out of what comes back, for a sandbox, a session or an execution. */
export class RedactionPlan {
  readonly #policy: RedactionPolicy
  /** Of the execution, the session and the sandbox: what was added last is first. */
  readonly #known: readonly KnownSecrets[]
  #shapes: Shapes | null = null

  private constructor(policy: RedactionPolicy, known: readonly KnownSecrets[]) {
    this.#policy = policy
    this.#known = known.filter(({ isEmpty }) => !isEmpty)
  }

  /** Looks for nothing. */
  static readonly none = new RedactionPlan('known', [])

  /**
   * With what is said more: another policy, more secrets. The same plan where nothing is.
   * @param what the name of the options, for errors
   * @throws InvalidOptionsError naming each secret that cannot be looked for
   */
  with({ redaction = this.#policy, knownSecrets = [] }: RedactionSettings, what: string): RedactionPlan {
    if (knownSecrets.length === 0 && redaction === this.#policy) return this
    const { values, problems } = secretValues(knownSecrets, hostEnvironment())
    const wrong = problems.map(({ at, problem }) => ({ path: `knownSecrets[${at}]`, problem }))
    if (wrong.length > 0) throw new InvalidOptionsError(what, wrong)
    try {
      // Sandboxes of one host often name the same. What is here already has its forms, and is not made anew.
      const isOfSandbox = this === RedactionPlan.none
      const more = isOfSandbox ? KnownSecrets.shared(values) : new KnownSecrets(values)
      return new RedactionPlan(redaction, [more, ...this.#known])
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new InvalidOptionsError(what, [{ path: 'knownSecrets', problem: error.message }])
    }
  }

  /** Must `load` be called before `begin`? */
  get isUnready(): boolean {
    if (this.#policy === 'off') return false
    const isLoaded = this.#policy !== 'known+patterns' || this.#shapes !== null
    return !isLoaded || this.#known.some(({ isUnready }) => isUnready)
  }

  /** Makes the forms of the secrets, and loads what knows the shapes of others: most sandboxes look for none. */
  async load(): Promise<void> {
    for (const known of this.#known) if (known.isUnready) await known.prepare()
    if (this.#policy !== 'known+patterns') return
    const { Shapes } = await import('agentchat-sandbox-base/redaction/shapes/shape-redactor')
    this.#shapes = await Shapes.load()
  }

  /** For one execution; null where nothing is looked for. */
  begin(): RunRedaction | null {
    if (this.#policy === 'off' || (this.#known.length === 0 && this.#policy === 'known')) return null
    return new RunRedaction((counter) => this.#redactor(counter))
  }

  #redactor(counter: RedactionCounter): ByteRedactor {
    const all = this.#known.map((known) => known.redactor(counter))
    if (this.#policy === 'known+patterns') {
      if (this.#shapes === null) throw new TypeError('Cannot look for shapes of secrets: they are not loaded')
      all.push(this.#shapes.redactor(counter))
    }
    return all.reduce((first, second) => new RedactorChain(first, second))
  }
}
