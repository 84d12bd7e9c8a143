import { type ChatModel, ModelError } from 'agentchat-sandbox-agent'
import type { StepRecorder } from './step-recorder.ts'

/** The same model, whose turns are recorded. `secret` is in no error of it. */
export function recordedModel(model: ChatModel, recorder: StepRecorder, secret: string | null): ChatModel {
  return {
    takesImages: model.takesImages,
    async *stream(messages, options) {
      recorder.begin()
      try {
        for await (const piece of model.stream(messages, options)) {
          if (piece.type === 'text') recorder.addText(piece.text)
          if (piece.type === 'cut') recorder.note({ cut: true })
          if (piece.type === 'usage') {
            const { inputTokens, outputTokens } = piece
            recorder.note({ usage: { inputTokens, outputTokens } })
          }
          yield piece
        }
      } catch (error) {
        const told = withoutSecret(error, secret)
        if (told instanceof ModelError) recorder.note({ failure: { kind: told.kind, message: told.message } })
        throw told
      }
    },
  }
}

/** An endpoint may repeat the key that it refuses. */
function withoutSecret(error: unknown, secret: string | null): unknown {
  if (!(error instanceof ModelError) || secret === null || !error.message.includes(secret)) return error
  return new ModelError(error.kind, error.message.replaceAll(secret, '[the key]'))
}
