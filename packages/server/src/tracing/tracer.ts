/** Values of a span, by the names of `ATTRIBUTE`. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

/** A span that is wanted. */
export interface SpanWish {
  readonly name: string
  readonly attributes?: Attributes
  /** For a request: the header `traceparent` of who asks. Its trace goes on; without one a new trace begins. */
  readonly request?: { readonly traceparent: string | undefined }
}

/** A span that goes on. */
export interface Span {
  rename(name: string): void
  set(attributes: Attributes): void
  /** What is traced went wrong, in a word that is no text of a user. */
  fail(kind: string): void
}

/** A span that is over, by its times in milliseconds since 1970. */
export interface PastSpan {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly attributes?: Attributes
}

/** The place in a trace, as hexadecimal text. */
export interface TraceIds {
  readonly traceId: string
  readonly spanId: string
}

/** Notes what a request takes, and where. */
export interface Tracer {
  /** Does work in a span below the one around it. The span ends when the work does, and fails when that throws. */
  within<Value>(wish: SpanWish, work: (span: Span) => Promise<Value>): Promise<Value>
  /** Notes spans that are over, below the one around the caller. */
  note(spans: readonly PastSpan[]): void
  /** Where the caller is; null in no trace, and where it is not recorded. */
  current(): TraceIds | null
  /** Sends what is left, for two seconds at most. */
  close(): Promise<void>
}

const NO_SPAN: Span = { rename() {}, set() {}, fail() {} }

/** A tracer that notes nothing. */
export const silentTracer: Tracer = {
  within: (_wish, work) => work(NO_SPAN),
  note() {},
  current: () => null,
  close: () => Promise.resolve(),
}
