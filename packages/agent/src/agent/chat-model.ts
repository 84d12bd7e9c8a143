/** An image for a model that takes some. */
export interface ModelImage {
  readonly mime: string
  /** Base64. */
  readonly data: string
}

/** One message of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
  readonly images?: readonly ModelImage[]
}

/** What comes from a model, piece by piece. */
export type ModelPiece =
  | { readonly type: 'text'; readonly text: string }
  /** What it thinks, where the endpoint tells; it is shown and not read. */
  | { readonly type: 'reasoning'; readonly text: string }
  /** What the answer cost, where the endpoint tells. */
  | { readonly type: 'usage'; readonly inputTokens: number; readonly outputTokens: number }
  /** It ran into its own limit: what came is cut. */
  | { readonly type: 'cut' }

/**
 * A language model that goes on with a conversation: all that the agent knows of it.
 */
export interface ChatModel {
  /** Does it take images? */
  readonly takesImages: boolean
  /** The next message of the assistant. @throws ModelError */
  stream(
    messages: readonly ChatMessage[],
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<ModelPiece>
}

/** The model gave no answer: its endpoint failed, or it refused. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly kind: 'failed' | 'refused'
  constructor(kind: 'failed' | 'refused', message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
