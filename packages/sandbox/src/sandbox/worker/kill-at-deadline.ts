/** When something is waited for no longer. */
export interface Until {
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  /** Asked again and again: has it taken more than it may? */
  readonly isOver?: () => boolean
}

const LOOK_MS = 50

/** Waits, and kills what it waits for when that takes too long or too much, or is not wanted any more. */
export async function killAtDeadline<Value>(
  waiting: Promise<Value>,
  kill: () => void,
  { deadlineMs, signal, isOver }: Until,
): Promise<Value> {
  const deadline = setTimeout(kill, deadlineMs)
  const looks = isOver && setInterval(() => isOver() && kill(), LOOK_MS)
  signal?.addEventListener('abort', kill)
  if (signal?.aborted) kill()
  try {
    return await waiting
  } finally {
    clearTimeout(deadline)
    clearInterval(looks)
    signal?.removeEventListener('abort', kill)
  }
}
