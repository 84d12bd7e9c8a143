import { KnownSecrets } from 'agentchat-sandbox-base/redaction/known-secrets'
import { type Destination, decideHost } from '../permissions/net-policy.ts'
import { PlaceholderWatch } from '../secrets/placeholder-watch.ts'
import { type GrantedSecret, SecretGrants } from '../secrets/secret-grants.ts'
import type { Connection, TlsRequest } from './connection.ts'
import { proxySecrets } from './secret-proxy/secret-proxy.ts'
import type { BridgeUses } from './use-counter.ts'

/** The secrets of the execution that runs, at the connections of its worker. */
export class NetSecrets {
  readonly #uses: BridgeUses
  #secrets = SecretGrants.none
  /** What is looked for in answers, by the names of the secrets: of many connections the forms are made once. */
  readonly #known = new Map<string, KnownSecrets>()

  constructor(uses: BridgeUses) {
    this.#uses = uses
  }

  begin(secrets: SecretGrants): void {
    this.#secrets = secrets
    this.#known.clear()
  }

  /** Notes placeholders that go out as they are, to `value`; null where there are no secrets. */
  watch(value: string): PlaceholderWatch | null {
    return this.#secrets.isEmpty ? null : this.#watch(value)
  }

  /**
   * The secrets that may be put into what is sent through TLS that is begun in this way: its certificate must be that of
   * the host, and checked. Which address it is at does not matter then.
   */
  for(destination: Destination, { verify, checkHostname }: TlsRequest): readonly GrantedSecret[] {
    return verify && checkHostname ? this.#secrets.for(destination) : []
  }

  /** Stands between Python and the host from now on. */
  standBetween(connection: Connection, destination: Destination, secrets: readonly GrantedSecret[]): void {
    const { host, port } = destination
    connection.intercept((client, server) => {
      proxySecrets(client, {
        ...{ server, secrets, known: this.#knownOf(secrets) },
        isHost: (text) => isHost(text, destination),
        used: (name) => this.#uses.used.add('secret', `${name} at ${host}:${port}`),
        watch: this.#watch(`${host}:${port}`),
      })
    })
  }

  #knownOf(secrets: readonly GrantedSecret[]): KnownSecrets {
    const names = secrets.map(({ name }) => name).join()
    const known = this.#known.get(names) ?? new KnownSecrets(secrets.map(({ value }) => value))
    this.#known.set(names, known)
    return known
  }

  #watch(where: string): PlaceholderWatch {
    return new PlaceholderWatch(this.#secrets, ({ name }) => this.#left(name, where))
  }

  #left(name: string, where: string): void {
    const hint = `The secret "${name}" is not for this request: its placeholder went out as it is. It is put in only where TLS leads to one of its "hosts", and where its "places" say`
    this.#uses.denied.add('secret', `${name} at ${where}`, hint)
  }
}

/** Is what the header `Host` says the host that a connection leads to? */
function isHost(text: string, { host, port }: Destination): boolean {
  const parts = /^(?<name>\[[^[\]]+\]|[^:]+)(?::(?<port>\d{1,5}))?$/.exec(text)?.groups
  if (parts?.name === undefined) return false
  const open = { allow: true, deny: [] }
  const named = decideHost(open, { host: parts.name, port: Number(parts.port ?? 443) })
  const meant = decideHost(open, { host, port })
  return named.allowed && meant.allowed && named.value === meant.value
}
