import type { SandboxError } from '../errors/errors.ts'

/** Whoever has given an execution up still learns, within this time, whether what it left has been kept. */
const AFTER_ABORT_MS = 50

/**
 * Waits for what an execution left to be kept. Gives null, or why the store does not hold it. When the signal is aborted it
 * is not waited for any longer, and goes on.
 */
export async function storedInTime(
  storing: Promise<SandboxError | null>,
  signal: AbortSignal,
): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined
  let onAbort = () => {}
  const late = new Promise<string>((resolve) => {
    onAbort = () => {
      timer = setTimeout(resolve, AFTER_ABORT_MS, 'the execution was given up while it was being kept')
    }
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
  try {
    return await Promise.race([storing.then((failure) => failure?.message ?? null), late])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
