import { createParser } from 'eventsource-parser'

/** One event of a stream, with its number; its data is JSON of the service. */
export interface ServiceEvent<Data> {
  readonly id: string
  readonly data: Data
}

/** After so long the page has its turn: keys, clicks, drawing. */
const TURN_MS = 16

async function othersTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  // Timers of a page in the background are late.
  await new Promise<void>((resolve) => {
    port1.onmessage = () => resolve()
    port2.postMessage(null)
  })
  port1.close()
}

/** The events of an answer, as they come. The stream may end before its last event: then the connection was lost. */
export async function* eventsOf<Data>(answer: Response): AsyncGenerator<ServiceEvent<Data>, void, void> {
  if (answer.body === null) return
  const ready: ServiceEvent<Data>[] = []
  const parser = createParser({
    onEvent: ({ id = '', data }) => ready.push({ id, data: JSON.parse(data) as Data }),
  })
  const held: string[] = []
  let busySince = performance.now()
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      // The parser looks at a line anew with each piece of it, and the last one may have a megabyte.
      const end = value.lastIndexOf('\n') + 1
      if (end > 0) parser.feed(held.splice(0).join('') + value.slice(0, end))
      held.push(value.slice(end))
      for (const event of ready.splice(0)) {
        yield event
        if (performance.now() - busySince < TURN_MS) continue
        await othersTurn()
        busySince = performance.now()
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
