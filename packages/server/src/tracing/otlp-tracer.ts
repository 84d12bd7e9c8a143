import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Span as ApiSpan,
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Span, SpanWish, Tracer } from './tracer.ts'

/** Where spans are sent. */
export interface Collector {
  /** Takes OTLP over HTTP as JSON: `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The part of the traces that begin here which is recorded, 0 to 1. One that a caller began follows the caller. */
  readonly ratio: number
  readonly version: string
  /** Told that spans were lost, with the reason; not more than once a minute. */
  lost(reason: Error): void
}

const CLOSE_MS = 2000
const TELL_MS = 60_000
const SEND_MS = 5000

/** A tracer that sends its spans to a collector in the background. What the collector does not take is lost. */
export function otlpTracer(collector: Collector): Tracer {
  const exporter = tellingLosses(
    new OTLPTraceExporter({
      url: collector.url,
      headers: { ...collector.headers },
      timeoutMillis: SEND_MS,
    }),
    collector.lost,
  )
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'agentchat-sandbox-server',
      'service.version': collector.version,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(collector.ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: 4096, scheduledDelayMillis: 1000 })],
  })
  const tracer = provider.getTracer('agentchat-sandbox-server', collector.version)
  const around = new AsyncLocalStorage<Context>()
  const place = () => around.getStore() ?? ROOT_CONTEXT
  return {
    async within(wish, work) {
      const parent = wish.request === undefined ? place() : callersPlace(wish.request.traceparent)
      const span = tracer.startSpan(wish.name, optionsOf(wish), parent)
      try {
        return await around.run(trace.setSpan(parent, span), () => work(ofService(span)))
      } catch (error) {
        span.setStatus({
          code: SpanStatusCode.ERROR,
          message: error instanceof Error ? error.name : 'thrown',
        })
        throw error
      } finally {
        span.end()
      }
    },
    note(spans) {
      for (const { name, from, to, attributes = {} } of spans)
        tracer.startSpan(name, { startTime: from, attributes }, place()).end(to)
    },
    current() {
      const ids = trace.getSpanContext(place())
      return ids === undefined ? null : { traceId: ids.traceId, spanId: ids.spanId }
    },
    async close() {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS)
      })
      await Promise.race([provider.shutdown().catch(collector.lost), late])
      clearTimeout(timer)
    },
  }
}

function optionsOf({ attributes = {}, request }: SpanWish) {
  return { attributes, kind: request === undefined ? SpanKind.INTERNAL : SpanKind.SERVER }
}

/** `traceparent` of W3C Trace Context, version 00: trace, span and flags, neither id all zeros. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

/** The place in its trace of who asks; a header that is none counts as none. */
function callersPlace(traceparent: string | undefined): Context {
  const match = TRACEPARENT.exec(traceparent ?? '')
  if (match === null) return ROOT_CONTEXT
  const [, traceId = '', spanId = '', flags = ''] = match
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}

function ofService(span: ApiSpan): Span {
  return {
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(attributes),
    fail: (kind) =>
      void span.setStatus({ code: SpanStatusCode.ERROR, message: kind }).setAttribute('error.type', kind),
  }
}

/** The same exporter, which tells what it could not send. */
function tellingLosses(exporter: SpanExporter, lost: Collector['lost']): SpanExporter {
  let toldAt = Number.NEGATIVE_INFINITY
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined && performance.now() - toldAt > TELL_MS) {
          toldAt = performance.now()
          lost(result.error)
        }
        done(result)
      }),
    forceFlush: async () => await exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}
