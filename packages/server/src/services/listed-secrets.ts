import type { SandboxOptions } from 'agentchat-sandbox'
import { RedactionCounter } from 'agentchat-sandbox-base/redaction/byte-redactor'
import { KnownSecrets } from 'agentchat-sandbox-base/redaction/known-secrets'
import { TextRedactor } from 'agentchat-sandbox-base/redaction/text-redactor'

/** Secrets that the operator lists, for what does not come back from a sandbox, which looks for them itself. */
export class ListedSecrets {
  readonly #known: KnownSecrets

  constructor(listed: SandboxOptions['knownSecrets'] = []) {
    this.#known = KnownSecrets.shared(listed.filter((secret) => typeof secret === 'string'))
  }

  /** Makes what looks for them; without that the first value waits for it. */
  async prepare(): Promise<void> {
    if (this.#known.isUnready) await this.#known.prepare()
  }

  /** The value without them, in whatever form they are written; the same value where it holds none. */
  outOf<Value>(value: Value): Value {
    if (this.#known.isEmpty) return value
    return new TextRedactor(this.#known.redactor(new RedactionCounter())).value(value)
  }
}
