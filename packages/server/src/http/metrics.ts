const BUCKETS_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000]

/** Counts requests, for Prometheus. */
export class Metrics {
  readonly #requests = new Map<string, number>()
  readonly #buckets = BUCKETS_MS.map(() => 0)
  #count = 0
  #totalMs = 0

  /** One request was answered. `route` is the pattern, never the path: identifiers would make series without end. */
  record(
    method: string,
    route: string,
    { status, ms }: { readonly status: number; readonly ms: number },
  ): void {
    const key = `method="${method}",route="${route}",status="${status}"`
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1)
    this.#count += 1
    this.#totalMs += ms
    BUCKETS_MS.forEach((bound, index) => {
      if (ms <= bound) this.#buckets[index] = (this.#buckets[index] ?? 0) + 1
    })
  }

  /** Everything in the text format of Prometheus. */
  text(gauges: Readonly<Record<string, number>>): string {
    const lines = ['# TYPE agentchat_http_requests_total counter']
    for (const [key, count] of this.#requests) lines.push(`agentchat_http_requests_total{${key}} ${count}`)
    lines.push('# TYPE agentchat_http_request_duration_seconds histogram')
    BUCKETS_MS.forEach((bound, index) => {
      lines.push(
        `agentchat_http_request_duration_seconds_bucket{le="${bound / 1000}"} ${this.#buckets[index]}`,
      )
    })
    lines.push(`agentchat_http_request_duration_seconds_bucket{le="+Inf"} ${this.#count}`)
    lines.push(`agentchat_http_request_duration_seconds_sum ${this.#totalMs / 1000}`)
    lines.push(`agentchat_http_request_duration_seconds_count ${this.#count}`)
    for (const [name, value] of Object.entries(gauges)) {
      lines.push(`# TYPE agentchat_${name} gauge`, `agentchat_${name} ${value}`)
    }
    return `${lines.join('\n')}\n`
  }
}
