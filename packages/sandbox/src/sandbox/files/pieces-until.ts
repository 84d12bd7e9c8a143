import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'

/**
 * The pieces of an iterable until a signal is aborted; then rejects with its reason. Whoever gives the pieces may never
 * give another one, and need not heed that nobody wants it: it is told so, and not waited for.
 */
export async function* piecesUntil<Piece>(
  pieces: AsyncIterable<Piece>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Piece, void, void> {
  const iterator = pieces[Symbol.asyncIterator]()
  let ended = false
  try {
    for (;;) {
      const next = await untilAborted(iterator.next(), signal)
      ended = next.done === true
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    ended = !signal?.aborted
    throw error
  } finally {
    if (!ended) inBackground(Promise.resolve(iterator.return?.()))
  }
}
