import { inTime } from '../agent/in-time.ts'

/** The text of an answer, as it comes; a pause that is too long ends it. @throws ModelError */
export async function* readInTime(
  { body }: Response,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): AsyncGenerator<string, void, void> {
  if (body === null) return
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), timeoutMs)
      if (done) break
      signal.throwIfAborted()
      yield decoder.decode(value, { stream: true })
    }
  } finally {
    // Closes the connection also when the reader stops early.
    reader.cancel().catch(() => {})
  }
}
