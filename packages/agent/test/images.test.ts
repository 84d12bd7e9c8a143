import { HumanMessage } from '@langchain/core/messages'
import { expect, test } from 'vitest'
import { createCodeActAgent, langChainModel } from '../src/langchain/index.ts'
import { openAiModel } from '../src/openai/index.ts'
import { agentFixture, block } from './fixtures/agent.ts'
import { calling } from './fixtures/calling-model.ts'

const agent = agentFixture()

/** Code that shows so many pictures, each of its own letter. */
const shows = (letters: string) => `
class Picture:
    def __init__(self, letter): self.letter = letter
    def _repr_png_(self): return b"\\x89PNG" + self.letter.encode()
for letter in "${letters}": display(Picture(letter))`
const addressOf = (letter: string) =>
  `data:image/png;base64,${Buffer.concat([Buffer.from([0x89]), Buffer.from(`PNG${letter}`)]).toString('base64')}`

/** The pictures in each message of the last question. */
const asked = () =>
  (agent().endpoint.asked.at(-1)?.body.messages ?? []).map(({ content }: { readonly content: unknown }) =>
    Array.isArray(content)
      ? content.flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : []))
      : [],
  )
const theirModels = {
  openAiModel: () => openAiModel({ baseUrl: agent().endpoint.baseUrl, model: 'm', takesImages: true }),
  langChainModel: () => langChainModel(calling(agent().endpoint), { takesImages: true }),
}

test.each(['openAiModel', 'langChainModel'] as const)(
  '%s() is sent the pictures of the last steps, at most four of each',
  async (name) => {
    const idle = ['1', '2', '3'].map((each) => block(each))
    agent().endpoint.says(block(shows('abcdef')), 'done')
    await agent().run({ model: theirModels[name]() })
    expect(asked()).toEqual([[], [], [], ['a', 'b', 'c', 'd'].map(addressOf)])
    agent().endpoint.says(block(shows('a')), ...idle, 'done')
    await agent().run({ model: theirModels[name]() })
    expect(asked().flat()).toEqual([])
  },
)

test('the graph sends them, too', async () => {
  agent().endpoint.says(block(shows('a')), 'done')
  const graph = createCodeActAgent({ model: theirModels.openAiModel(), sandbox: agent().sandbox })
  await graph.invoke({ messages: [new HumanMessage('draw')] })
  expect(asked().flat()).toEqual([addressOf('a')])
})

test('a model that takes none is sent text alone', async () => {
  agent().endpoint.says(block(shows('a')), 'done')
  const { steps } = await agent().run()
  expect(asked().flat()).toEqual([])
  expect(steps[0]?.observation).toContain('image/png')
})
