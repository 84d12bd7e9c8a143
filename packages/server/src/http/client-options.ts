/** How a client reaches the service. */
export interface ClientOptions {
  /** Sent as `Authorization: Bearer`. */
  readonly apiKey?: string
  /** Sent along with every request, such as a cookie. */
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of the global one. */
  readonly fetch?: typeof fetch
}
