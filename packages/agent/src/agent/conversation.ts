import type { ChatMessage, ModelImage } from './chat-model.ts'

/** So many steps back an observation is shown whole. */
export const WHOLE_STEPS = 3
/** Characters of the head and of the tail that are left of an older one. */
const HEAD_CHARS = 300
const TAIL_CHARS = 200

interface Observation {
  readonly text: string
  readonly images: readonly ModelImage[]
}

/** What the model is sent: old observations are shortened, so that it grows by the same with each step. */
export class Conversation {
  readonly #opening: readonly ChatMessage[]
  readonly #turns: { readonly said: string; readonly observation: Observation }[] = []

  constructor(systemPrompt: string, task: string) {
    this.#opening = [
      { role: 'system', content: systemPrompt },
      { role: 'user', content: task },
    ]
  }

  /** The model said something, and was told something. */
  add(said: string, text: string, images: readonly ModelImage[] = []): void {
    this.#turns.push({ said, observation: { text, images } })
  }

  messages(): ChatMessage[] {
    const whole = this.#turns.length - WHOLE_STEPS
    return [
      ...this.#opening,
      ...this.#turns.flatMap(({ said, observation: { text, images } }, index): ChatMessage[] => [
        { role: 'assistant', content: said === '' ? '(nothing)' : said },
        index < whole
          ? { role: 'user', content: shortened(text) }
          : { role: 'user', content: text, ...(images.length === 0 ? {} : { images }) },
      ]),
    ]
  }
}

/** Head and tail of an older observation. */
export function shortened(text: string): string {
  const cut = text.length - HEAD_CHARS - TAIL_CHARS
  if (cut < 100) return text
  return `${text.slice(0, HEAD_CHARS)}\n[... ${cut} characters ...]\n${text.slice(-TAIL_CHARS)}`
}
