import { encodeMessage, MessageReader } from './frames.ts'

/**
 * The life of a child: says that it is there, and answers what it is asked until its input ends. An error is a defect or
 * an exhausted process: it ends with it.
 */
export function answerRequests(answer: (request: unknown) => unknown, maxMessageBytes: number): void {
  const reader = new MessageReader(maxMessageBytes)
  const say = (message: unknown) => process.stdout.write(encodeMessage(message))
  process.stdin.on('data', async (chunk: Buffer) => {
    for (const text of reader.read(chunk)) say(await answer(JSON.parse(text)))
  })
  say({ ready: true })
}
