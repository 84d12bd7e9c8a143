/** Waits, and kills what it waits for when that takes too long or is not wanted any more. */
export async function killAtDeadline<Value>(
  waiting: Promise<Value>,
  kill: () => void,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<Value> {
  const deadline = setTimeout(kill, deadlineMs)
  signal?.addEventListener('abort', kill)
  if (signal?.aborted) kill()
  try {
    return await waiting
  } finally {
    clearTimeout(deadline)
    signal?.removeEventListener('abort', kill)
  }
}
