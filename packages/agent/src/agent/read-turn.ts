import type { AgentEvent } from './agent-events.ts'
import type { ChatMessage, ChatModel } from './chat-model.ts'
import type { TokenCount } from './token-count.ts'

/** What a model may write in one turn; the rest is not read. */
const MAX_TURN_CHARS = 2 ** 20

/** What a model wrote in one turn. */
export interface Turn {
  readonly text: string
  /** Did the model run into its own limit, so that the text is no whole one? */
  readonly isCut: boolean
}

/** How a turn is read. */
export interface TurnReading {
  readonly step: number
  readonly signal: AbortSignal
  readonly tokens: TokenCount
  /** Told what the model wrote so far. */
  keep?(text: string): void
}

/** Has the model write its next message, yields what comes, and gives all of it. @throws ModelError */
export async function* readTurn(
  model: ChatModel,
  messages: readonly ChatMessage[],
  { step, signal, tokens, keep }: TurnReading,
): AsyncGenerator<AgentEvent, Turn> {
  let text = ''
  let isCut = false
  let begun = false
  try {
    for await (const piece of model.stream(messages, { signal })) {
      begun = true
      if (piece.type === 'text') {
        text += piece.text
        keep?.(text)
      }
      if (piece.type === 'text' || piece.type === 'reasoning') yield { ...piece, step }
      if (piece.type === 'usage') tokens.tell(piece)
      if (piece.type === 'cut') isCut = true
      if (text.length > MAX_TURN_CHARS) break
    }
    begun = true
  } finally {
    const sent = messages.reduce((sum, { content }) => sum + content.length, 0)
    // A turn that was broken off costs what one does; a question that was refused costs nothing.
    if (begun || signal.aborted) tokens.endTurn(sent, text.length)
  }
  return { text: text.slice(0, MAX_TURN_CHARS), isCut }
}
