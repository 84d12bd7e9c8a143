import { ModelError } from '../agent/chat-model.ts'

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
      const { done, value } = await within(reader.read(), timeoutMs)
      if (done) break
      signal.throwIfAborted()
      yield decoder.decode(value, { stream: true })
    }
  } finally {
    // Also when whoever reads has had enough: the connection is closed.
    reader.cancel().catch(() => {})
  }
}

async function within<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ModelError('failed', `nothing more came within ${ms / 1000} s`)), ms)
  })
  // Whichever loses may still reject.
  work.catch(() => {})
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
