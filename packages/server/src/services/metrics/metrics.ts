import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  METRIC_PREFIX,
  METRICS,
  type MetricFacts,
  type MetricName,
} from './metric-list.ts'

/** What a value of a label may look like: no identifier has colons, spaces or quotes in it that would hide another one. */
const VALUE = /^[\w.*:/{}-]{1,120}$/
const OTHER = 'other'

/** The metrics of one service, as `metric-list.ts` describes them. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #made = new Map<string, Counter | Gauge | Histogram>()
  /** Values that were seen of labels whose values cannot be listed. */
  readonly #seen = new Map<string, Set<string>>()
  readonly #reads: (() => Promise<void> | void)[] = []
  #reading: Promise<void> | null = null

  constructor() {
    for (const [name, facts] of Object.entries<MetricFacts>(METRICS))
      this.#made.set(name, this.#make(name, facts))
  }

  /** Adds what every process of Node tells of itself: memory, processor, event loop, collections of garbage. */
  addProcess(): void {
    collectDefaultMetrics({ register: this.#registry })
  }

  /** Counts on. */
  add<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, value = 1): void {
    const metric = this.#made.get(name)
    if (metric instanceof Counter && value > 0) metric.inc(this.#bounded(name, labels), value)
  }

  /** One more case of a histogram, in its unit. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void {
    const metric = this.#made.get(name)
    if (metric instanceof Histogram) metric.observe(this.#bounded(name, labels), value)
  }

  /** What is so now; null where it is not known, which tells nothing. */
  set<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number | null): void {
    const metric = this.#made.get(name)
    if (!(metric instanceof Gauge)) return
    if (value === null) metric.remove(this.#bounded(name, labels))
    else metric.set(this.#bounded(name, labels), value)
  }

  /** The same of each of several; those that are not among them are told no more, nor what is past the bound of a label. */
  setEach<Name extends GaugeName>(
    name: Name,
    values: readonly (readonly [labels: LabelsOf<Name>, value: number])[],
  ): void {
    const metric = this.#made.get(name)
    if (!(metric instanceof Gauge)) return
    metric.reset()
    for (const label of Object.keys(METRICS[name].labels)) this.#seen.delete(`${name} ${label}`)
    for (const [labels, value] of values) {
      const bounded = this.#bounded(name, labels)
      // Not as `other`: values of several would take each other's place.
      if (Object.entries<string>(labels).every(([label, given]) => bounded[label] === given))
        metric.set(bounded, value)
    }
  }

  /** Something sets gauges each time before they are told. */
  onRead(read: () => Promise<void> | void): void {
    this.#reads.push(read)
  }

  /** Everything in the text format of Prometheus. */
  async text(): Promise<string> {
    // Two who ask at the same time are told the same.
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null
    })
    await this.#reading
    return await this.#registry.metrics()
  }

  /** The type that such a text has. */
  get contentType(): string {
    return this.#registry.contentType
  }

  async #readAll(): Promise<void> {
    for (const read of this.#reads) await read()
  }

  #make(name: string, { type, help, labels, buckets }: MetricFacts): Counter | Gauge | Histogram {
    const options = {
      ...{ name: `${METRIC_PREFIX}${name}`, help, labelNames: Object.keys(labels) },
      registers: [this.#registry],
    }
    if (type === 'counter') return new Counter(options)
    if (type === 'gauge') {
      const gauge = new Gauge(options)
      // Without labels it would be 0, which nobody has said.
      if (Object.keys(labels).length === 0) gauge.remove()
      return gauge
    }
    return new Histogram({ ...options, buckets: [...(buckets ?? [])] })
  }

  #bounded(name: MetricName, labels: Readonly<Record<string, string>>): Record<string, string> {
    const { labels: known }: MetricFacts = METRICS[name]
    return Object.fromEntries(
      Object.entries(labels).map(([label, value]) => {
        const values = known[label] ?? []
        const holds =
          'atMost' in values ? this.#isFew(`${name} ${label}`, value, values.atMost) : values.includes(value)
        return [label, holds ? value : OTHER]
      }),
    )
  }

  #isFew(key: string, value: string, atMost: number): boolean {
    const seen = this.#seen.get(key) ?? new Set()
    this.#seen.set(key, seen)
    if (seen.has(value)) return true
    if (seen.size >= atMost || !VALUE.test(value)) return false
    seen.add(value)
    return true
  }
}
