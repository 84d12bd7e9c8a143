import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import type { ChatMessage, ModelImage } from '../agent/chat-model.ts'
import { shortened, WHOLE_STEPS } from '../agent/conversation.ts'
import { withoutThoughts } from '../agent/thoughts.ts'

/** The mark of messages that tell the model what its code came to. */
const OBSERVATION = { agentchat: 'observation' }

export function observationMessage(text: string, images: readonly ModelImage[] = []): HumanMessage {
  const pictures = images.map(({ mime, data }) => ({
    type: 'image_url' as const,
    image_url: { url: `data:${mime};base64,${data}` },
  }))
  const content = images.length === 0 ? text : [{ type: 'text' as const, text }, ...pictures]
  return new HumanMessage({ content, additional_kwargs: OBSERVATION })
}

/** What the model is sent of the messages of a thread: older observations are shortened, as in any run. */
export function chatMessagesOf(systemPrompt: string, messages: readonly BaseMessage[]): ChatMessage[] {
  const observations = messages.filter(isObservation)
  const whole = new Set(observations.slice(-WHOLE_STEPS))
  return [
    { role: 'system', content: systemPrompt },
    ...messages.map((message): ChatMessage => {
      const { text } = message
      if (AIMessage.isInstance(message)) {
        const said = withoutThoughts(text).trim()
        return { role: 'assistant', content: said === '' ? '(nothing)' : said }
      }
      if (message.getType() === 'system') return { role: 'system', content: text }
      if (isObservation(message) && !whole.has(message)) return { role: 'user', content: shortened(text) }
      const images = imagesIn(message)
      return { role: 'user', content: text, ...(images.length === 0 ? {} : { images }) }
    }),
  ]
}

function isObservation(message: BaseMessage): boolean {
  return message.additional_kwargs.agentchat === OBSERVATION.agentchat
}

/** Images that a message has as data; addresses are not followed. */
function imagesIn({ content }: BaseMessage): ModelImage[] {
  if (typeof content === 'string') return []
  return content.flatMap((block) => {
    const image: unknown = 'image_url' in block ? block.image_url : null
    const url: unknown = typeof image === 'object' && image !== null ? Reflect.get(image, 'url') : image
    const [, mime, data] = typeof url === 'string' ? (/^data:(image\/\w+);base64,(.*)$/.exec(url) ?? []) : []
    return mime === undefined || data === undefined ? [] : [{ mime, data }]
  })
}
