import { type ExecutionOutcome, resultToText } from 'agentchat-sandbox'
import type { ModelImage } from './chat-model.ts'
import type { ExtractedCode } from './extract-code.ts'
import type { Repetition } from './repetition.ts'

const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
const MAX_IMAGES = 4
const MAX_IMAGE_CHARS = 1_000_000

/** The turn whose code was run. */
export interface ObservedTurn extends Omit<ExtractedCode, 'code'> {
  readonly code: string
  /** Was the answer given in it? */
  readonly ended: boolean
}

/** What the model is told of an execution, and whether it did the same before. */
export function observe(
  result: ExecutionOutcome,
  turn: ObservedTurn,
  { repetition, maxChars }: { readonly repetition: Repetition; readonly maxChars: number },
): { readonly text: string; readonly repeated: 'new' | 'told' | 'ends' } {
  const shown = turn.ended
    ? { ...result, status: 'success' as const, error: null, sessionRestored: null }
    : result
  const text = resultToText(shown, { maxChars })
  const { error, stdout, result: value } = result
  const outcome = error === null ? JSON.stringify([stdout, value]) : `${error.name}: ${error.message}`
  const repeated = repetition.note(turn.code, { failed: error !== null, text: outcome })
  const notes = [
    ...(turn.blocks > 1 ? [`(${turn.blocks} blocks were run as one.)`] : []),
    ...(turn.unclosed ? ['(The block had no end; all after its beginning was run.)'] : []),
    ...(repeated === 'told'
      ? ['(This is the same code with the same outcome as before. Try something else.)']
      : []),
  ]
  return { text: [text, ...notes].join('\n'), repeated }
}

/** The images of an execution that a model may be shown. */
export function imagesOf({ displays }: ExecutionOutcome): ModelImage[] {
  return displays
    .flatMap(({ mime, data }) =>
      IMAGES.has(mime) && typeof data === 'string' && data.length <= MAX_IMAGE_CHARS ? [{ mime, data }] : [],
    )
    .slice(0, MAX_IMAGES)
}
