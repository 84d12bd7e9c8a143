import { ModelError } from './chat-model.ts'

/** Waits for what a model sends, and no longer than `ms` milliseconds. @throws ModelError */
export async function inTime<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ModelError('failed', `nothing more came within ${ms / 1000} s`)), ms)
  })
  // Whichever loses may still reject.
  work.catch(() => {})
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
