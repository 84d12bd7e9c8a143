import { expect, test } from 'vitest'
import { FRAME_RUNNER, FRAME_STDERR, FRAME_STDOUT, type Frame, FrameError } from '../../protocol/frames.ts'
import { mergeOutput } from './runner-channel.ts'

const frame = (kind: number, text: string): Frame => ({ kind, payload: Buffer.from(text) })
const shown = (frames: Iterable<Frame>) =>
  [...frames].map(({ kind, payload }) => [kind, Buffer.from(payload).toString()])

test('mergeOutput() joins what follows each other on one stream and keeps the order', () => {
  const frames = [
    frame(FRAME_STDOUT, 'a'),
    frame(FRAME_STDOUT, '\n'),
    frame(FRAME_STDERR, 'b'),
    frame(FRAME_STDOUT, 'c'),
    frame(FRAME_RUNNER, '{}'),
    frame(FRAME_RUNNER, '{}'),
    frame(FRAME_STDOUT, 'd'),
  ]
  expect(shown(mergeOutput(frames))).toEqual([
    [FRAME_STDOUT, 'a\n'],
    [FRAME_STDERR, 'b'],
    [FRAME_STDOUT, 'c'],
    [FRAME_RUNNER, '{}'],
    [FRAME_RUNNER, '{}'],
    [FRAME_STDOUT, 'd'],
  ])
})

test('mergeOutput() refuses a frame without a payload', () => {
  expect(() => [...mergeOutput([frame(FRAME_STDOUT, '')])]).toThrow(FrameError)
})

test('mergeOutput() gives the output before the bytes that break the framing, then the error', () => {
  function* broken(): Generator<Frame> {
    yield frame(FRAME_STDOUT, 'a')
    yield frame(FRAME_STDOUT, 'b')
    throw new FrameError('broken')
  }
  const merged = mergeOutput(broken())
  expect(Buffer.from(merged.next().value?.payload ?? []).toString()).toBe('ab')
  expect(() => merged.next()).toThrow(FrameError)
})
