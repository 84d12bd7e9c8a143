import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import {
  AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  type UsageMetadata,
} from '@langchain/core/messages'
import { type ChatMessage, type ChatModel, ModelError, type ModelPiece } from '../agent/chat-model.ts'
import { inTime } from '../agent/in-time.ts'

/** How a model of LangChain is asked. */
export interface LangChainModelOptions {
  /** Does it take images? By default it does not. */
  readonly takesImages?: boolean
  /** Seconds to the first piece, and between two. By default 60. */
  readonly timeoutSeconds?: number
}

const CUT = new Set(['length', 'max_tokens', 'MAX_TOKENS'])
const REFUSED = new Set(['content_filter', 'refusal', 'SAFETY'])

/**
 * A chat model of LangChain.js as the port of the agent. How often it is asked again is up to the model (`maxRetries`).
 */
export function langChainModel(
  model: Pick<BaseChatModel, 'stream'>,
  { takesImages = false, timeoutSeconds = 60 }: LangChainModelOptions = {},
): ChatModel {
  const timeoutMs = timeoutSeconds * 1000
  return {
    takesImages,
    async *stream(messages, { signal }): AsyncGenerator<ModelPiece, void, void> {
      const ended = new AbortController()
      try {
        const asking = model.stream(messages.map(messageOf), {
          signal: AbortSignal.any([signal, ended.signal]),
        })
        const chunks = (await inTime(asking, timeoutMs))[Symbol.asyncIterator]()
        const usage = { inputTokens: 0, outputTokens: 0 }
        for (;;) {
          const { done, value } = await inTime(chunks.next(), timeoutMs)
          if (done) break
          signal.throwIfAborted()
          const { input_tokens, output_tokens } = usageOf(value)
          usage.inputTokens += input_tokens
          usage.outputTokens += output_tokens
          yield* piecesOf(value)
        }
        if (usage.inputTokens + usage.outputTokens > 0) yield { type: 'usage', ...usage }
      } catch (error) {
        if (signal.aborted || error instanceof ModelError) throw error
        const reason = error instanceof Error ? error.message : String(error)
        throw new ModelError('failed', `the model failed: ${reason.slice(0, 1000)}`, { cause: error })
      } finally {
        // Closes the connection also when the reader stops early.
        ended.abort()
      }
    },
  }
}

/** Some models tell it in several chunks, each a part. */
function usageOf({ usage_metadata: told }: { readonly usage_metadata?: UsageMetadata | undefined }) {
  return told ?? { input_tokens: 0, output_tokens: 0 }
}

function messageOf({ role, content, images = [] }: ChatMessage): BaseMessage {
  if (role === 'system') return new SystemMessage(content)
  if (role === 'assistant') return new AIMessage(content)
  if (images.length === 0) return new HumanMessage(content)
  const pictures = images.map(({ mime, data }) => ({
    type: 'image_url' as const,
    image_url: { url: `data:${mime};base64,${data}` },
  }))
  return new HumanMessage({ content: [{ type: 'text' as const, text: content }, ...pictures] })
}

function* piecesOf(chunk: AIMessageChunk): Generator<ModelPiece, void, void> {
  const { additional_kwargs: more, content, response_metadata: meta } = chunk
  if (typeof more.reasoning_content === 'string' && more.reasoning_content !== '')
    yield { type: 'reasoning', text: more.reasoning_content }
  if (typeof content === 'string') {
    if (content !== '') yield { type: 'text', text: content }
  } else yield* content.flatMap(pieceOfBlock)
  if (typeof more.refusal === 'string' && more.refusal !== '')
    throw new ModelError('refused', `the model refused: ${more.refusal.slice(0, 1000)}`)
  const reason = String(meta.finish_reason ?? meta.stop_reason ?? meta.finishReason ?? '')
  if (REFUSED.has(reason)) throw new ModelError('refused', `the model held the answer back (${reason})`)
  if (CUT.has(reason)) yield { type: 'cut' }
}

/** Content in blocks; those that are neither text nor thoughts are not for us. */
function pieceOfBlock(block: Readonly<Record<string, unknown>>): ModelPiece[] {
  const text = block.type === 'text' ? block.text : undefined
  if (typeof text === 'string' && text !== '') return [{ type: 'text', text }]
  const thought = block.type === 'reasoning' ? block.reasoning : block.thinking
  return typeof thought === 'string' && thought !== '' ? [{ type: 'reasoning', text: thought }] : []
}
