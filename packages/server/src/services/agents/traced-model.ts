import type { ChatModel } from 'agentchat-sandbox-agent'
import { ATTRIBUTE, SPAN } from '../../tracing/span-names.ts'
import type { Tracer } from '../../tracing/tracer.ts'

/** The same model, whose answers are spans. */
export function tracedModel(model: ChatModel, tracer: Tracer): ChatModel {
  return {
    takesImages: model.takesImages,
    async *stream(messages, options) {
      const from = Date.now()
      let tokens = {}
      let failure = {}
      try {
        for await (const piece of model.stream(messages, options)) {
          if (piece.type === 'usage') {
            const { inputTokens, outputTokens } = piece
            tokens = { [ATTRIBUTE.inputTokens]: inputTokens, [ATTRIBUTE.outputTokens]: outputTokens }
          }
          yield piece
        }
      } catch (error) {
        failure = { [ATTRIBUTE.errorKind]: error instanceof Error ? error.name : 'thrown' }
        throw error
      } finally {
        const attributes = { [ATTRIBUTE.operation]: 'chat', ...tokens, ...failure }
        tracer.note([{ name: SPAN.model, from, to: Date.now(), attributes }])
      }
    },
  }
}
