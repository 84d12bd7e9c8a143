import { FRAME_STDERR, FRAME_STDOUT, type Frame, FrameError } from '../../protocol/frames.ts'

/**
 * Joins output frames of one stream that follow each other. Python writes through, so that nothing is lost when it is
 * killed: a `print` of three things is six frames, which usually arrive together and are one piece of text to a reader.
 */
export function* mergeOutput(frames: Iterable<Frame>): Generator<Frame, void, void> {
  let held: { readonly kind: number; readonly payloads: Uint8Array[] } | null = null
  try {
    for (const frame of frames) {
      // The runner sends none; a flood of them would cost time and count as nothing.
      if (frame.payload.length === 0) throw new FrameError('Cannot read a frame: it is empty')
      if (held !== null && held.kind === frame.kind) {
        held.payloads.push(frame.payload)
        continue
      }
      if (held !== null) yield join(held)
      held = null
      if (frame.kind === FRAME_STDOUT || frame.kind === FRAME_STDERR) {
        held = { kind: frame.kind, payloads: [frame.payload] }
      } else yield frame
    }
  } catch (error) {
    // What came before the bytes that broke the framing is output all the same.
    if (held !== null) yield join(held)
    throw error
  }
  if (held !== null) yield join(held)
}

function join({ kind, payloads }: { readonly kind: number; readonly payloads: Uint8Array[] }): Frame {
  const [first] = payloads
  return { kind, payload: payloads.length === 1 && first !== undefined ? first : Buffer.concat(payloads) }
}
